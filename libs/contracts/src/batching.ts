import Type, { type Static } from 'typebox';
import { CoordinationId } from './outcome.js';
import {
  CallPrioritySchema,
  Count,
  Identifier,
  Ms,
  NodeId,
  ServiceNameSchema,
  Text,
  Timestamp,
  Usd,
  Word,
} from './schema-parts.js';
import { contract } from './validate.js';

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
