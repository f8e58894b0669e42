import type { Claim } from '../batching/batch-item-store.js';
import type { NewBatchItem } from '../batching/batch-item.js';
import type { EndedItem, Settling } from '../batching/settle-batch.js';
import { NOON_MS } from './events.js';

let made = 0;

/** A request that may be accepted. */
export function anItem(overrides: Partial<NewBatchItem> = {}): NewBatchItem {
  return {
    requestId: `breq_${String(++made).padStart(6, '0')}`,
    serviceName: 'airtable',
    operation: 'create_records',
    payload: { table: 'Orders' },
    payloadDigest: 'digest',
    priority: 'MEDIUM',
    tenant: 'orders',
    idempotencyKey: null,
    deadlineMs: null,
    correlationId: 'c-1',
    repeatable: false,
    acceptedAtMs: NOON_MS,
    ...overrides,
  };
}

/** One worker’s claim on requests. */
export function aClaim(requestIds: string[], overrides: Partial<Claim> = {}): Claim {
  return {
    claimId: `claim-${++made}`,
    batchId: 'batch-1',
    claimedBy: 'a',
    nodeId: 'airtable_primary',
    leaseMs: 60_000,
    leftAtMs: NOON_MS + 500,
    requestIds,
    ...overrides,
  };
}

/** The end of a request, as its claimer settles it. */
export function anEnd(
  requestId: string,
  claimId: string | null,
  overrides: Partial<EndedItem> = {},
): EndedItem {
  return {
    requestId,
    claimId,
    state: 'succeeded',
    endedAtMs: NOON_MS + 1_000,
    statusCode: 200,
    result: { records: [] },
    reason: null,
    message: null,
    duplicateOf: null,
    aloneUnits: 1,
    ...overrides,
  };
}

/** An order to settle nothing but what is said. */
export function settling(overrides: Partial<Settling>): Settling {
  return { ended: [], released: [], tallies: [], news: [], ...overrides };
}
