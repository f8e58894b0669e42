import { createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { canonicalJson, operationOf, parsePayload, type Operation } from '@signalbox/batching';
import {
  SignalboxError,
  type BatchAccepted,
  type BatchRequest,
  type CallPriority,
  type FieldError,
} from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { BatchItemStore, type NewBatchItem } from '@signalbox/persistence';
import { Correlation, type Caller } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import { ItemQueues } from '../queue/item-queues.js';
import { LiveCounts } from './live-counts.js';

/**
 * Takes a request: checked whole, written to PostgreSQL, and only then acknowledged; the queue is told in the
 * background. An idempotency key of the same caller answers the request that it was first used for.
 */
@Injectable()
export class AcceptRequest {
  constructor(
    private readonly items: BatchItemStore,
    private readonly queues: ItemQueues,
    private readonly counts: LiveCounts,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * @throws SignalboxError VALIDATION_FAILED naming every bad field; CONFLICT when the key was used for another
   * request; DEPENDENCY_UNAVAILABLE while PostgreSQL is away
   */
  async accept(request: BatchRequest, caller: Caller): Promise<BatchAccepted> {
    const { serviceName } = request;
    const item = this.itemOf(request, caller);
    const accepted = await this.items.accept(item);
    const { requestId, queueId, state } = accepted;
    if (!accepted.sameRequest) {
      const message = `The idempotency key belongs to request ${requestId}, which asks for something else`;
      throw new SignalboxError('CONFLICT', message, { requestId });
    }
    const position = this.counts.before(serviceName);
    if (accepted.isNew) {
      this.counts.added(serviceName);
      const { acceptedAtMs } = item;
      const waits = { availableAtMs: acceptedAtMs, waitingSinceMs: acceptedAtMs };
      this.queues.offer({ ...item, queueId, state, attempts: 0, ...waits });
    }
    return { requestId, state, position: accepted.isNew ? position : null };
  }

  private itemOf(request: BatchRequest, caller: Caller): NewBatchItem {
    const { serviceName, operation, idempotencyKey, deadlineMs } = request;
    const known = operationOf(serviceName, operation);
    const payload = checked(known, request.payload);
    const acceptedAtMs = this.clock.nowMs();
    const requestId = `breq_${acceptedAtMs.toString(36).padStart(9, '0')}_${randomBytes(10).toString('hex')}`;
    return {
      requestId,
      serviceName,
      operation,
      payload,
      payloadDigest: createHash('sha256')
        .update(canonicalJson([operation, payload]))
        .digest('hex'),
      priority: request.priority.toUpperCase() as CallPriority,
      tenant: tenantOf(caller),
      idempotencyKey: idempotencyKey ?? null,
      deadlineMs: deadlineMs === undefined ? null : Math.round(deadlineMs),
      correlationId: Correlation.id() ?? requestId,
      repeatable: known.repeatable({
        id: requestId,
        payload,
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      }),
      acceptedAtMs,
    };
  }
}

/** Whose requests are whose: a token's subject. */
export function tenantOf(caller: Caller): string {
  return caller.subject;
}

/** Fields are named from the body's root. */
function checked(operation: Operation, payload: Record<string, unknown>): Record<string, unknown> {
  try {
    return parsePayload(operation, payload) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof TypeError) {
      const fields = [{ path: 'payload', message: error.message }];
      throw new SignalboxError('VALIDATION_FAILED', `payload: ${error.message}`, { fields });
    }
    if (!(error instanceof SignalboxError)) throw error;
    const { fields = [] } = (error.details ?? {}) as { fields?: FieldError[] };
    throw new SignalboxError(error.code, error.message, {
      ...(error.details as object),
      fields: fields.map(named),
    });
  }
}

function named({ path, message }: FieldError): FieldError {
  if (path === 'payload' || path.startsWith('payload.')) return { path, message };
  return { path: path === '' ? 'payload' : `payload.${path}`, message };
}
