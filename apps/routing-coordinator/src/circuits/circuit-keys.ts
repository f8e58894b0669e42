import type { ServiceName } from '@signalbox/contracts';
import type { CircuitState } from '@signalbox/routing';

export const CIRCUIT_BUCKET = 'circuits';

export const stateKey = (service: ServiceName, nodeId: string): string => `state.${service}.${nodeId}`;
export const probeKey = (service: ServiceName, nodeId: string): string => `probe.${service}.${nodeId}`;

/** When an open circuit may be probed; null in the other states. */
export function openUntilMs(circuit: CircuitState): number | null {
  return circuit.state === 'open' ? circuit.untilMs : null;
}
