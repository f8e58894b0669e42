import Type, { type Static } from 'typebox';
import { CoordinationId } from './outcome.js';
import {
  CallPrioritySchema,
  Count,
  Identifier,
  Ms,
  NodeId,
  PageQuery,
  ServiceNameSchema,
  Text,
  Timestamp,
  Usd,
  Word,
} from './schema-parts.js';
import { contract } from './validate.js';
import type { CallPriority, ServiceName } from './vocabulary.js';

/** Batch requests, their policies and what became of them, as they travel. */

const strict = { additionalProperties: false } as const;
const event = { eventId: Identifier, occurredAt: Timestamp };
const change = { expectedVersion: Type.Optional(Count), comment: Type.Optional(Text(500)) };

export const BATCH_OPERATIONS = [
  'request',
  'mail_send',
  'create_records',
  'update_records',
  'upsert_records',
  'delete_records',
  'send_message',
  'meter_event',
  'vehicle_stats',
  'geocode',
  'matrix',
] as const;
export type BatchOperation = (typeof BATCH_OPERATIONS)[number];

/** POST /batch-request: 202 with an id. The payload's shape depends on the operation. */
export const BatchRequestSchema = Type.Object({
  serviceName: ServiceNameSchema,
  operation: Type.Enum([...BATCH_OPERATIONS]),
  payload: Type.Record(Type.String({ maxLength: 128 }), Type.Unknown()),
  priority: CallPrioritySchema,
  idempotencyKey: Type.Optional(Identifier),
  /** Longest that the request may wait for others, ms from its acceptance. */
  deadlineMs: Type.Optional(Ms),
});
export type BatchRequest = Static<typeof BatchRequestSchema>;
export const batchRequest = contract(BatchRequestSchema);

/** The longest that POST and GET /batch-request wait for the end. */
export const LONGEST_BATCH_WAIT_MS = 30_000;
export const BatchWaitQuerySchema = Type.Object(
  { wait: Type.Optional(Type.Integer({ minimum: 0, maximum: LONGEST_BATCH_WAIT_MS })) },
  strict,
);
export type BatchWaitQuery = Static<typeof BatchWaitQuerySchema>;
export const batchWaitQuery = contract(BatchWaitQuerySchema);

/** `dead`: it ended without a result and waits in the dead letters for an admin. */
export const BATCH_ITEM_STATES = [
  'queued',
  'sending',
  'retrying',
  'succeeded',
  'failed',
  'dead',
  'discarded',
] as const;
export type BatchItemState = (typeof BATCH_ITEM_STATES)[number];

/** The states that a request does not leave by itself. */
export const BATCH_END_STATES = ['succeeded', 'failed', 'dead', 'discarded'] as const;

/**
 * Why a request has no result, or not yet. `refused`: the provider will not take it. `outcome_unknown`: it was sent,
 * nobody knows whether it was carried out, and sending it again might do it twice. `attempts_exhausted`: it failed as
 * often as the policy allows. `not_admitted`: no budget or no rate for it before it would have given up. `gave_up`: it
 * waited for a day. `unsendable`: it cannot be put on the wire of any node. `node_failed`, `rate_limited`, `no_node`,
 * `retry_budget`: it waits for another attempt.
 */
export const BATCH_REASONS = [
  'refused',
  'outcome_unknown',
  'attempts_exhausted',
  'not_admitted',
  'gave_up',
  'unsendable',
  'node_failed',
  'rate_limited',
  'no_node',
  'retry_budget',
] as const;
export type BatchReason = (typeof BATCH_REASONS)[number];

/** The answer to POST /batch-request that does not wait for the end. */
export interface BatchAccepted {
  requestId: string;
  state: BatchItemState;
  /** About how many requests of the service had not ended before it; null when nobody knows. */
  position: number | null;
}

/** GET /batch-request/:id, and POST with `?wait=` when it ended in time. */
export interface BatchRequestView {
  requestId: string;
  serviceName: ServiceName;
  operation: BatchOperation;
  priority: CallPriority;
  state: BatchItemState;
  acceptedAt: string;
  /** When it first left; null before. */
  leftAt: string | null;
  /** From its acceptance until it first left, ms; null before. */
  waitMs: number | null;
  endedAt: string | null;
  attempts: number;
  /** Not to be sent before; null unless it waits for another attempt. */
  nextAttemptAt: string | null;
  batchId: string | null;
  nodeId: string | null;
  /** The request whose answer this is, when it was a duplicate. */
  duplicateOf: string | null;
  /** What the provider answered for this request alone; null before the end and for one that ended without. */
  result: { statusCode: number | null; body: unknown } | null;
  /** Why it has no result, or waits for another attempt. */
  error: { reason: BatchReason; message: string } | null;
}

/** A batch that still takes requests. */
export interface OpenBatch {
  operation: string;
  /** A digest: requests of one merge key share a call. */
  mergeKey: string;
  requests: number;
  /** When its most urgent request is due, if nothing makes it leave before. */
  dueAt: string | null;
}

/** GET /batch-queue/:serviceName. */
export interface BatchQueueView {
  serviceName: ServiceName;
  /** False: requests are taken and held. */
  enabled: boolean;
  depth: Record<CallPriority, number>;
  states: { queued: number; sending: number; retrying: number };
  total: number;
  /** Null when nothing waits. */
  oldestWaitMs: number | null;
  /** Of the replica that assembles now; null when none does, or nobody can say. */
  assembler: { replicaId: string; sizeLimit: number; batchesInFlight: number; open: OpenBatch[] } | null;
}

/** GET /batching-performance?from=&to=: whole hours, the last 24 when not given. */
export interface BatchingFigures {
  /** Requests that ended in the window. */
  requestsIn: number;
  succeeded: number;
  failed: number;
  dead: number;
  /** HTTP requests sent to providers, retries and bisection included. */
  requestsSent: number;
  /**
   * Requests that went to the provider, themselves or in an equal one's stead, less requestsSent: what died without
   * being sent saved nothing. Below 0 when retries cost more than batching saved.
   */
  requestsSaved: number;
  /** requestsSaved ÷ requestsIn; null when nothing ended. */
  reduction: number | null;
  duplicatesRemoved: number;
  billableUnits: number;
  /** What the requests served would have been billed one by one, less what was billed. */
  billableUnitsSaved: number;
  retries: number;
  bisections: number;
  costUsd: number;
  /** From acceptance until the request left; null for a priority of which nothing was measured. */
  waitMs: Record<CallPriority, { requests: number; mean: number; p50: number; p99: number } | null>;
}
export interface BatchingPerformance {
  from: string;
  to: string;
  /** Null when nothing was measured. */
  total: BatchingFigures | null;
  /** A service of which nothing was measured is null. */
  services: Record<ServiceName, BatchingFigures | null>;
}

const deadLetterFilter = {
  serviceName: Type.Optional(ServiceNameSchema),
  operation: Type.Optional(Type.Enum([...BATCH_OPERATIONS])),
  reason: Type.Optional(Type.Enum([...BATCH_REASONS])),
  tenant: Type.Optional(Text(256)),
  from: Type.Optional(Timestamp),
  to: Type.Optional(Timestamp),
};
/** GET /admin/batch-dead-letters. */
export const BatchDeadLetterQuerySchema = Type.Object({ ...deadLetterFilter, ...PageQuery }, strict);
export type BatchDeadLetterQuery = Static<typeof BatchDeadLetterQuerySchema>;
export const batchDeadLetterQuery = contract(BatchDeadLetterQuerySchema);

/** POST /admin/batch-dead-letters/replay and /discard: those that match, the oldest first. */
export const BatchDeadLetterChangeSchema = Type.Object(
  {
    ...deadLetterFilter,
    requestIds: Type.Optional(Type.Array(Identifier, { minItems: 1, maxItems: 500 })),
    /** At most so many; 500 when absent. */
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
    /** Tells what would be changed and changes nothing. */
    dryRun: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type BatchDeadLetterChange = Static<typeof BatchDeadLetterChangeSchema>;
export const batchDeadLetterChange = contract(BatchDeadLetterChangeSchema);

export interface BatchDeadLetterChanged {
  dryRun: boolean;
  /** How many match the filter in all, and of what. */
  matching: { serviceName: ServiceName; reason: string; count: number }[];
  /** Those changed, or that would have been. */
  requestIds: string[];
}

/** One dead letter; the list leaves out `payload`. */
export interface BatchDeadLetterView extends BatchRequestView {
  tenant: string;
  idempotencyKey: string | null;
  correlationId: string;
  replays: number;
  payload?: unknown;
}

const policy = {
  maxItems: Type.Integer({ minimum: 1, maximum: 1_000 }),
  maxWaitMs: Type.Integer({ minimum: 0, maximum: 60_000 }),
  /** A batch leaves when its calls would cost this, dollars. */
  costBoundUsd: Usd,
  maxBytes: Type.Optional(Type.Integer({ minimum: 1_024, maximum: 32 * 1024 ** 2 })),
  /** Requests a second to the provider, over all workers; per base for Airtable. */
  requestsPerSecond: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 100_000 })),
  /** Attempts in all, the first included. */
  maxAttempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 20 })),
  /** Latency at p95 above which batches become smaller. */
  targetLatencyMs: Type.Optional(Ms),
  /** Takes requests and holds them while false. */
  enabled: Type.Optional(Type.Boolean()),
};
export const BatchPolicySchema = Type.Object(policy, strict);
/** The body of the configuration object `batch-policy:<service>`. */
export type BatchPolicy = Static<typeof BatchPolicySchema>;
export const batchPolicyContract = contract(BatchPolicySchema);

export const PutBatchPolicySchema = Type.Object({ ...policy, ...change }, strict);
export type PutBatchPolicy = Static<typeof PutBatchPolicySchema>;
export const putBatchPolicy = contract(PutBatchPolicySchema);

const batch = {
  ...event,
  serviceName: ServiceNameSchema,
  batchId: Identifier,
  operation: Word,
  nodeId: Type.Union([NodeId, Type.Null()]),
  coordinationId: Type.Union([CoordinationId, Type.Null()]),
  /** HTTP requests sent for it, retries and bisection included. */
  requestsSent: Count,
  billableUnits: Count,
  costUsd: Usd,
  /** From the acceptance of its oldest item until it left, ms. */
  waitMs: Ms,
  durationMs: Ms,
};

/** `batches.completed.<service>`: what became of each item; results are fetched by their request's id. */
export const BatchCompletedSchema = Type.Object({
  ...batch,
  items: Type.Array(
    Type.Object({
      requestId: Identifier,
      state: Type.Enum([...BATCH_ITEM_STATES]),
      statusCode: Type.Union([Type.Integer(), Type.Null()]),
      duplicateOf: Type.Union([Identifier, Type.Null()]),
    }),
    { maxItems: 1_000 },
  ),
});
export type BatchCompleted = Static<typeof BatchCompletedSchema>;

/** `batches.failed.<service>`: items that ended in the dead letters, or wait for another attempt. */
export const BatchFailedSchema = Type.Object({
  ...batch,
  reason: Text(500),
  willRetry: Type.Boolean(),
  requestIds: Type.Array(Identifier, { maxItems: 1_000 }),
  deadLettered: Type.Array(Identifier, { maxItems: 1_000 }),
});
export type BatchFailed = Static<typeof BatchFailedSchema>;
