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
