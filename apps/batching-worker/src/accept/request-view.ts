import type { BatchReason, BatchRequestView } from '@signalbox/contracts';
import type { BatchItemRecord } from '@signalbox/persistence';

/** A request as its caller sees it. */
export function viewOf(record: BatchItemRecord): BatchRequestView {
  const { acceptedAtMs, leftAtMs, endedAtMs, availableAtMs, state, reason, statusCode } = record;
  const hasAnswer = endedAtMs !== null && (state === 'succeeded' || statusCode !== null);
  return {
    requestId: record.requestId,
    serviceName: record.serviceName,
    operation: record.operation,
    priority: record.priority,
    state,
    acceptedAt: isoOf(acceptedAtMs),
    leftAt: leftAtMs === null ? null : isoOf(leftAtMs),
    waitMs: leftAtMs === null ? null : Math.max(0, leftAtMs - acceptedAtMs),
    endedAt: endedAtMs === null ? null : isoOf(endedAtMs),
    attempts: record.attempts,
    nextAttemptAt: endedAtMs === null && reason !== null && state !== 'sending' ? isoOf(availableAtMs) : null,
    batchId: record.batchId,
    nodeId: record.nodeId,
    duplicateOf: record.duplicateOf,
    result: hasAnswer ? { statusCode, body: record.result ?? null } : null,
    error:
      reason === null || state === 'succeeded'
        ? null
        : { reason: reason as BatchReason, message: record.message ?? '' },
  };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
