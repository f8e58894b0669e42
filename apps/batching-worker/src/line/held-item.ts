import { randomUUID } from 'node:crypto';
import {
  deduplicationKey,
  operationOf,
  type DeduplicationKey,
  type Operation,
  type WireItem,
} from '@signalbox/batching';
import type { LiveBatchItem } from '@signalbox/persistence';
import { deferred } from '../deferred.js';

/** How a request leaves this process. */
export type Parting =
  /** It has its end, in PostgreSQL. */
  | { kind: 'ended' }
  /** Not before then. */
  | { kind: 'later'; atMs: number; owesRetry: boolean; queueId: string }
  /** Somebody else shall take it, at once. */
  | { kind: 'handed_back' };

/** A request that this process holds until it parts with it. */
export interface HeldItem {
  readonly item: LiveBatchItem;
  readonly operation: Operation;
  readonly wire: WireItem;
  readonly bytes: number;
  /** Of a read; null for a write, whose key PostgreSQL has seen to. */
  readonly sameAs: DeduplicationKey | null;
  /** Nodes that have failed it. */
  readonly failedNodes: Set<string>;
  readonly parted: Promise<Parting>;
  part(parting: Parting): void;
}

/** Not before then, and nothing about it is written: our own affairs, not the request's. */
export function laterUnwritten(atMs: number, owesRetry = false): Parting {
  return { kind: 'later', atMs, owesRetry, queueId: newQueueId() };
}

/** Of a parcel that nobody has seen before. */
export function newQueueId(): string {
  return `p_${randomUUID()}`;
}

/** Throws for an operation that this release does not know. */
export function hold(item: LiveBatchItem, failedNodes: Set<string> = new Set()): HeldItem {
  const operation = operationOf(item.serviceName, item.operation);
  const { payload, idempotencyKey } = item;
  const { promise, resolve } = deferred<Parting>();
  const effect = operation.effect(payload);
  const { tenant, serviceName: service } = item;
  return {
    item,
    operation,
    wire: { id: item.requestId, payload, ...(idempotencyKey !== null && { idempotencyKey }) },
    bytes: operation.measure(payload).bytes,
    sameAs:
      effect === 'read'
        ? deduplicationKey({ tenant, service, operation: item.operation, payload, effect })
        : null,
    failedNodes,
    parted: promise,
    part: resolve,
  };
}

/** What it would have been billed as a call of its own; a call is billed as one at least. */
export function aloneUnits({ operation, wire }: HeldItem): number {
  return Math.max(1, operation.measure(wire.payload).addedBillableUnits);
}
