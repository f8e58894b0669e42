export { supersedes } from './circuit/circuit.js';
export type {
  CircuitState,
  ClosedCircuit,
  HalfOpenCircuit,
  OpenCircuit,
  ProbeGrant,
} from './circuit/circuit.js';
export * from './engine/engine-listener.js';
export { RoutingEngine, type EngineDeps } from './engine/routing-engine.js';
export * from './engine/service-view.js';
export type { OutcomeResult } from './engine/take-facts.js';
export * from './node.js';
export * from './predictive/index.js';
export * from './predictor.js';
export * from './recovery/index.js';
export * from './route.js';
export {
  runPredictiveComparison,
  type ComparisonOptions,
  type ScenarioComparison,
  type StrategyFigures,
} from './predictive/scenarios.js';
export type { ScenarioName } from './predictive/scenario-script.js';
