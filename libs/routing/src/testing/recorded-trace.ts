import type { OutcomeKind, ServiceConfig } from '@signalbox/contracts';
import { aNode, aService } from '@signalbox/testkit';
import type { RecordedCall } from '../replay/recorded-call.js';

export const START_MS = Date.UTC(2026, 0, 15, 12);

export function aCallOnRecord(index: number, over: Partial<RecordedCall> = {}): RecordedCall {
  return {
    coordinationId: `coordination_${START_MS / 1_000 + index}_abc${String(index).padStart(6, '0')}`,
    decidedAtMs: START_MS + index * 1_000,
    nodeId: 'node_a',
    priority: null,
    outcome: 'success',
    statusCode: 200,
    latencyMs: 100,
    retryAfterSeconds: null,
    costMicroUsd: 10_000,
    units: 1,
    ...over,
  };
}

/** Two nodes in turn by weight, both well: `node_a` at a cent, `node_b` at 0.8 cents, one call a second. */
export const twoNodes: ServiceConfig = aService({
  strategy: 'WEIGHTED_ROUND_ROBIN',
  nodes: [
    aNode({ nodeId: 'node_a', weightPercent: 50, priorSuccessPercent: 100, costPerRequestUsd: 0.01 }),
    aNode({
      nodeId: 'node_b',
      role: 'secondary',
      weightPercent: 50,
      priorSuccessPercent: 100,
      costPerRequestUsd: 0.008,
    }),
  ],
});

/** As the two nodes in turn would have carried them. `endOf` says how a call on a node at a time ended. */
export function inTurnTrace(
  count: number,
  endOf: (nodeId: string, atMs: number) => OutcomeKind = () => 'success',
): RecordedCall[] {
  return Array.from({ length: count }, (_, index) => {
    const nodeId = index % 2 === 0 ? 'node_a' : 'node_b';
    const outcome = endOf(nodeId, START_MS + index * 1_000);
    const price = nodeId === 'node_a' ? 10_000 : 8_000;
    const statusCode = outcome === 'success' ? 200 : 500;
    return aCallOnRecord(index, {
      ...{ nodeId, outcome, statusCode, costMicroUsd: outcome === 'success' ? price : 0 },
    });
  });
}

export function finished<T>(computation: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = computation.next();
    if (done === true) return value;
  }
}
