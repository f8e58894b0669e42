import {
  CALL_PRIORITIES,
  type BatchItemState,
  type BatchOperation,
  type CallPriority,
  type ServiceName,
} from '@signalbox/contracts';

/** A request as it is accepted. */
export interface NewBatchItem {
  requestId: string;
  serviceName: ServiceName;
  operation: BatchOperation;
  payload: Record<string, unknown>;
  /** Of service, operation and payload: tells whether a second request under one key is the same request. */
  payloadDigest: string;
  priority: CallPriority;
  /** Whose request it is: keys and shared answers hold within one tenant. */
  tenant: string;
  idempotencyKey: string | null;
  deadlineMs: number | null;
  correlationId: string;
  /** Whether a call that may have been carried out may be made again. */
  repeatable: boolean;
  acceptedAtMs: number;
}

/** What became of an acceptance. */
export interface Accepted {
  /** Of the request that the key belongs to, which may be an earlier one. */
  requestId: string;
  /** The parcel that carries it through the queue; of the earlier request's when it is not new. */
  queueId: string;
  state: BatchItemState;
  isNew: boolean;
  /** False: the key was used for another request. */
  sameRequest: boolean;
}

/** A request that waits, with all that sending it needs. */
export interface LiveBatchItem extends Omit<NewBatchItem, 'payloadDigest'> {
  state: BatchItemState;
  attempts: number;
  /** The parcel that carries it through the queue. */
  queueId: string;
  availableAtMs: number;
  /** Since when it has been waiting for an end: its acceptance, or its last replay. */
  waitingSinceMs: number;
}

/** How a request stands. */
export interface BatchItemRecord extends LiveBatchItem {
  batchId: string | null;
  nodeId: string | null;
  claimId: string | null;
  claimedUntilMs: number | null;
  leftAtMs: number | null;
  statusCode: number | null;
  result: unknown;
  reason: string | null;
  message: string | null;
  duplicateOf: string | null;
  replays: number;
  endedAtMs: number | null;
}

export interface BatchItemRow {
  request_id: string;
  service_name: ServiceName;
  operation: BatchOperation;
  payload: Record<string, unknown>;
  priority: number;
  tenant: string;
  idempotency_key: string | null;
  deadline_ms: number | null;
  correlation_id: string;
  repeatable: boolean;
  accepted_at: string;
  state: BatchItemState;
  attempts: number;
  queue_id: string;
  available_at: string;
  waiting_since: string;
  claim_id: string | null;
  claimed_until: string | null;
  left_at: string | null;
  batch_id: string | null;
  node_id: string | null;
  status_code: number | null;
  result: unknown;
  reason: string | null;
  message: string | null;
  duplicate_of: string | null;
  replays: number;
  ended_at: string | null;
}

export const LIVE_COLUMNS = `request_id, service_name, operation, payload, priority, tenant, idempotency_key, deadline_ms,
  correlation_id, repeatable, accepted_at, state, attempts, queue_id, available_at, waiting_since`;
export const RECORD_COLUMNS = `${LIVE_COLUMNS}, claim_id, claimed_until, left_at, batch_id, node_id, status_code, result,
  reason, message, duplicate_of, replays, ended_at`;

export function priorityNumber(priority: CallPriority): number {
  return CALL_PRIORITIES.indexOf(priority);
}

export function priorityOf(number: number): CallPriority {
  return CALL_PRIORITIES[number] ?? 'LOW';
}

export function liveItemOf(row: BatchItemRow): LiveBatchItem {
  return {
    requestId: row.request_id,
    serviceName: row.service_name,
    operation: row.operation,
    payload: row.payload,
    priority: priorityOf(row.priority),
    tenant: row.tenant,
    idempotencyKey: row.idempotency_key,
    deadlineMs: row.deadline_ms,
    correlationId: row.correlation_id,
    repeatable: row.repeatable,
    acceptedAtMs: Date.parse(row.accepted_at),
    state: row.state,
    attempts: row.attempts,
    queueId: row.queue_id,
    availableAtMs: Date.parse(row.available_at),
    waitingSinceMs: Date.parse(row.waiting_since),
  };
}

export function recordOf(row: BatchItemRow): BatchItemRecord {
  return {
    ...liveItemOf(row),
    batchId: row.batch_id,
    nodeId: row.node_id,
    claimId: row.claim_id,
    claimedUntilMs: msOf(row.claimed_until),
    leftAtMs: msOf(row.left_at),
    statusCode: row.status_code,
    result: row.result,
    reason: row.reason,
    message: row.message,
    duplicateOf: row.duplicate_of,
    replays: row.replays,
    endedAtMs: msOf(row.ended_at),
  };
}

export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

function msOf(iso: string | null): number | null {
  return iso === null ? null : Date.parse(iso);
}
