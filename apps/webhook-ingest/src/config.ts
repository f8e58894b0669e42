import Type from 'typebox';
import type { HostProperties } from '@signalbox/hosting';
import type { Settings } from '@signalbox/platform';

/** The app's settings beside those of every app. */
export const webhookIngestSettings = Type.Object({
  /** Where Airtable's payloads are listed and its webhooks renewed. */
  airtableBaseUrl: Type.String({ pattern: '^https?://\\S+$', default: 'https://api.airtable.com' }),
  /** The node whose credential Airtable is asked with. */
  airtableNodeId: Type.String({ pattern: '^[a-z0-9][a-z0-9_]*$', default: 'airtable_primary' }),
  /** How often it is looked for webhooks to renew; each is renewed when half of its week is over. */
  airtableRenewalEveryMs: Type.Integer({ minimum: 100, maximum: 3_600_000, default: 60_000 }),
  /** Handlers of a claimed event must be done by then, or another replica takes it. */
  webhookLeaseMs: Type.Integer({ minimum: 1_000, maximum: 600_000, default: 15_000 }),
});

export type WebhookIngestSettings = Settings<HostProperties & (typeof webhookIngestSettings)['properties']>;
export const WEBHOOK_INGEST_SETTINGS = Symbol('webhook-ingest settings');
