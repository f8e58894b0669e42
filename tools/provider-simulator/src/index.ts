export type { Fault, FaultKind } from './faults.js';
export type { NodeStats } from './node-server.js';
export { catalogAt, nodesOf, type ApiName, type SimulatedNodeSpec } from './node-spec.js';
export { startSimulator, type Cue, type Simulator, type SimulatorOptions } from './simulator.js';
