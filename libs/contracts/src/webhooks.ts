import Type, { type Static } from 'typebox';
import {
  Count,
  Identifier,
  Ms,
  PageQuery,
  ServiceNameSchema,
  Text,
  Timestamp,
  Word,
} from './schema-parts.js';
import { contract } from './validate.js';
import { TIMEFRAMES, type CircuitStateName, type ServiceName } from './vocabulary.js';

/** Webhook events and their sources, as they travel. */

const strict = { additionalProperties: false } as const;
const event = { eventId: Identifier, occurredAt: Timestamp };
const change = { expectedVersion: Type.Optional(Count), comment: Type.Optional(Text(500)) };

/** `dead`: every attempt failed; it waits for a replay. */
export const WEBHOOK_STATES = ['received', 'processing', 'retrying', 'processed', 'ignored', 'dead'] as const;
export type WebhookState = (typeof WEBHOOK_STATES)[number];

const source = {
  enabled: Type.Boolean(),
  /** The whole URL as the provider was given it, query included; what Twilio signs. */
  publicUrl: Type.Optional(Type.String({ maxLength: 2_048, pattern: '^https?://[^\\s]+$' })),
  /** Who may send; anybody when absent or empty. */
  allowCidrs: Type.Optional(Type.Array(Text(64), { maxItems: 256 })),
  limits: Type.Optional(
    Type.Object(
      {
        requestsPerMinute: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000_000 })),
        maxBodyBytes: Type.Optional(Type.Integer({ minimum: 1_024, maximum: 16 * 1024 ** 2 })),
      },
      strict,
    ),
  ),
};
export const WebhookSourceSchema = Type.Object(source, strict);
/** The body of the configuration object `webhook-source:<service>`. Secrets are kept apart, sealed. */
export type WebhookSource = Static<typeof WebhookSourceSchema>;
export const webhookSourceContract = contract(WebhookSourceSchema);

export const PutWebhookSourceSchema = Type.Object({ ...source, ...change }, strict);
export type PutWebhookSource = Static<typeof PutWebhookSourceSchema>;
export const putWebhookSource = contract(PutWebhookSourceSchema);

export const AddWebhookSecretSchema = Type.Object(
  { secret: Type.String({ minLength: 1, maxLength: 8_192 }) },
  strict,
);
export type AddWebhookSecret = Static<typeof AddWebhookSecretSchema>;
export const addWebhookSecret = contract(AddWebhookSecretSchema);

const filter = {
  serviceName: Type.Optional(ServiceNameSchema),
  type: Type.Optional(Text(128)),
  state: Type.Optional(Type.Enum([...WEBHOOK_STATES])),
  from: Type.Optional(Timestamp),
  to: Type.Optional(Timestamp),
};
/** GET /webhook-events, newest first. */
export const WebhookEventsQuerySchema = Type.Object({ ...filter, ...PageQuery }, strict);
export type WebhookEventsQuery = Static<typeof WebhookEventsQuerySchema>;
export const webhookEventsQuery = contract(WebhookEventsQuerySchema);

/** POST /webhook-events/:id/replay. */
export const ReplayOneSchema = Type.Object({ reason: Type.Optional(Text(500)) }, strict);
export type ReplayOne = Static<typeof ReplayOneSchema>;
export const replayOne = contract(ReplayOneSchema);

/** POST /webhook-events/replay: every event that the query finds, at most `limit`. A dry run only counts them. */
export const ReplayManySchema = Type.Object(
  {
    query: Type.Object(filter, strict),
    dryRun: Type.Optional(Type.Boolean({ default: true })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, default: 1_000 })),
    reason: Type.Optional(Text(500)),
  },
  strict,
);
export type ReplayMany = Static<typeof ReplayManySchema>;
export const replayMany = contract(ReplayManySchema);

const webhook = {
  ...event,
  serviceName: ServiceNameSchema,
  /** Ours; GET /webhook-events/:id. */
  webhookEventId: Identifier,
  /** The provider's. */
  externalId: Text(256),
  type: Text(128),
  /** The customer, vehicle or message that it is about, where the provider says so. */
  entity: Type.Union([Text(256), Type.Null()]),
  /** Rises within an entity where the provider numbers or times its events: tells a late event from a newer one. */
  sequence: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
  critical: Type.Boolean(),
  receivedAt: Timestamp,
};
/** `webhooks.received.<service>`: verified and durable. */
export const WebhookReceivedSchema = Type.Object(webhook);
export type WebhookReceived = Static<typeof WebhookReceivedSchema>;

/** `webhooks.processed.<service>`: its handler is done, with what the event means, or has given up (`dead`). */
export const WebhookProcessedSchema = Type.Object({
  ...webhook,
  state: Type.Enum(['processed', 'ignored', 'dead']),
  attempts: Count,
  /** From receipt to the end of processing. */
  latencyMs: Ms,
  /** What it means, in our words (`payment_failed`), with the fields of that meaning; null where no handler knows it. */
  meaning: Type.Union([
    Type.Object({ kind: Word, fields: Type.Record(Type.String({ maxLength: 64 }), Type.Unknown()) }),
    Type.Null(),
  ]),
  reason: Type.Union([Text(500), Type.Null()]),
});
export type WebhookProcessed = Static<typeof WebhookProcessedSchema>;

/** `security.alerted.<service>`: refusals of one kind came again and again. */
export const SecurityAlertedSchema = Type.Object({
  ...event,
  serviceName: ServiceNameSchema,
  kind: Word,
  reason: Text(500),
  /** How many in `windowMs`. */
  count: Count,
  windowMs: Ms,
  source: Type.Union([Text(64), Type.Null()]),
});
export type SecurityAlerted = Static<typeof SecurityAlertedSchema>;

/** GET /webhook-coordination and /webhooks/stats: counts of this span, up to now. */
export const WebhookStatsQuerySchema = Type.Object(
  { timeframe: Type.Optional(Type.Enum([...TIMEFRAMES])), serviceName: Type.Optional(ServiceNameSchema) },
  strict,
);
export type WebhookStatsQuery = Static<typeof WebhookStatsQuerySchema>;
export const webhookStatsQuery = contract(WebhookStatsQuerySchema);

/** The answer to a provider: how many events of the delivery are durable, and how many of them were known. */
export interface WebhookReceipt {
  received: number;
  duplicates: number;
}

/** One event in a list. */
export interface WebhookEventSummary {
  webhookEventId: string;
  serviceName: ServiceName;
  externalId: string;
  type: string;
  entity: string | null;
  sequence: number | null;
  critical: boolean;
  state: WebhookState;
  receivedAt: string;
  /** The provider's time; null where it says none. */
  occurredAt: string | null;
  /** Null until it is processed, ignored or dead. */
  finishedAt: string | null;
  /** When it is tried next; null when it is finished. */
  dueAt: string | null;
  /** Of the last run. */
  attemptCount: number;
  /** Why the last attempt failed. */
  reason: string | null;
}

export interface WebhookAttempt {
  /** 1, and one more with each replay. */
  run: number;
  attempt: number;
  startedAt: string;
  durationMs: number;
  handler: string | null;
  outcome: 'processed' | 'ignored' | 'retrying' | 'dead';
  reason: string | null;
  replicaId: string;
}

/** GET /webhook-events/:id. */
export interface WebhookEventDetail extends WebhookEventSummary {
  /** Who sent it. */
  address: string | null;
  /** The secret that verified it; null for what was fetched. */
  secretId: string | null;
  payload: unknown;
  attempts: WebhookAttempt[];
}

/** The answer of a replay of many. */
export interface ReplayedMany {
  dryRun: boolean;
  /** Events that the query finds, up to `limit`. */
  matched: number;
  /** Whether it would find more than `limit`. */
  more: boolean;
  replayed: number;
  /** The first of them, oldest first. */
  sample: WebhookEventSummary[];
}

/** One secret of a source: never the secret itself. */
export interface WebhookSecretStatus {
  id: string;
  createdAt: string;
  createdBy: string;
  lastUsedAt: string | null;
}

/** Milliseconds; null without a sample. */
export interface WebhookLatency {
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

export interface WebhookServiceStats {
  serviceName: ServiceName;
  enabled: boolean;
  /** What keeps the source from accepting anything; empty when it is ready. */
  problems: string[];
  /** Requests with a body that was looked at: verified, or refused. */
  received: number;
  verified: number;
  refused: number;
  refusedByReason: Record<string, number>;
  /** Over a limit of the source: 429 or 413. */
  limited: number;
  /** Events of verified requests: new, and known already. */
  events: number;
  duplicate: number;
  processed: number;
  ignored: number;
  /** Attempts that failed. */
  failed: number;
  /** Right now: waiting for their turn, for another try, and for a replay. */
  pending: number;
  retrying: number;
  dead: number;
  lastReceivedAt: string | null;
  /** From the request's headers to the durable answer. */
  receiptLatencyMs: WebhookLatency;
  /** From receipt to the end of processing. */
  processingLatencyMs: WebhookLatency;
}

export interface WebhookHandlerState {
  name: string;
  serviceName: ServiceName;
  circuit: CircuitStateName;
}

export interface AirtableFeed {
  baseId: string;
  webhookId: string;
  cursor: number;
  /** Whether a ping waits for its payloads to be fetched. */
  behind: boolean;
  failures: number;
  lastError: string | null;
  expiresAt: string | null;
  /** Airtable no longer knows the webhook. */
  goneAt: string | null;
}

/** GET /webhook-coordination. */
export interface WebhookCoordination {
  from: string;
  to: string;
  services: WebhookServiceStats[];
  /** Circuits as this replica sees them. */
  handlers: WebhookHandlerState[];
  airtableFeeds: AirtableFeed[];
  /** Facts that NATS has not taken yet. */
  outbox: number;
}

export type TrendDirection = 'rising' | 'steady' | 'falling';

/** A count now beside that of the span before it; `ratio` is their quotient, null when there was none before. */
export interface WebhookTrend {
  current: number;
  previous: number;
  ratio: number | null;
  direction: TrendDirection;
}

/** GET /stream-b-coordination/webhooks/stats. */
export interface WebhookStats extends WebhookCoordination {
  trends: Record<'received' | 'refused' | 'duplicate' | 'processed' | 'failed', WebhookTrend>;
  /** Oldest first, all services together. */
  series: {
    at: string;
    received: number;
    refused: number;
    duplicate: number;
    processed: number;
    failed: number;
  }[];
}
