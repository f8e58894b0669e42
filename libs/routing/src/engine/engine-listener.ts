import type { ServiceName } from '@signalbox/contracts';
import type { CircuitState } from '../circuit/circuit.js';

/** A local transition of one circuit. `from` and `to` may both be half-open: a probe succeeded, more are needed. */
export interface CircuitChange {
  serviceName: ServiceName;
  nodeId: string;
  from: CircuitState;
  to: CircuitState;
  /** For people. */
  reason: string;
  atMs: number;
}

/** success: counted towards closing. failure: re-opened the circuit. expired: no verdict, the lease is free again. */
export type ProbeOutcome = 'success' | 'failure' | 'expired';

/** What the engine tells its owner, synchronously and from inside the call that caused it. Must not throw. */
export interface EngineListener {
  circuitChanged(change: CircuitChange): void;
  probeEnded(serviceName: ServiceName, nodeId: string, leaseId: string, outcome: ProbeOutcome): void;
}
