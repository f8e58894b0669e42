import type { ServiceName } from '@signalbox/contracts';
import type { Database } from '../database/database.js';
import { codeOf } from '../database/database-errors.js';
import type { Partitions } from '../history/partitions.js';

/** A verified event, as it is written down. */
export interface NewWebhookEvent {
  /** Ours: {@link webhookEventId}. */
  eventId: string;
  /** The time that is part of `eventId`. */
  receivedAtMs: number;
  serviceName: ServiceName;
  /** The provider's: with the service it tells retries apart from events. */
  externalId: string;
  type: string;
  entity: string | null;
  sequence: number | null;
  /** ISO 8601. */
  occurredAt: string | null;
  critical: boolean;
  address: string | null;
  secretId: string | null;
  /** JSON text. */
  payload: string;
  /** The body of its `webhooks.received`, to be told under `receivedFactId(eventId)`. */
  fact: string;
}

const ID = /^webhook_(\d{12,14})_[A-Za-z0-9_-]{1,64}$/;

/** `webhook_<ms of receipt>_<unique>`: the id tells which partition the event is in. */
export function webhookEventId(receivedAtMs: number, unique: string): string {
  return `webhook_${receivedAtMs}_${unique}`;
}

/** The time in an id; null for what is no id. */
export function receivedAtOf(eventId: string): number | null {
  const [, ms] = ID.exec(eventId) ?? [];
  return ms === undefined ? null : Number(ms);
}

export function receivedFactId(eventId: string): string {
  return `received:${eventId}`;
}

/** Past a thousand or so a larger statement saves nothing more. */
const ROWS_PER_STATEMENT = 1_000;
/** Whoever writes a fact tells it at once; what is not told by then has lost its teller. */
export const TELL_WITHIN_MS = 5_000;

/**
 * Writes events down, each once: key, body, work and the fact to tell commit together. Rows are taken in the order of
 * their keys, so that two replicas with the same events never wait for each other in a circle.
 */
export class WebhookReceipts {
  constructor(
    private readonly database: Database,
    private readonly partitions: Partitions,
  ) {}

  /** The ids of those that were new; the others are known by their key. Durable when it resolves. */
  async store(events: readonly NewWebhookEvent[]): Promise<Set<string>> {
    const fresh = new Set<string>();
    for (let from = 0; from < events.length; from += ROWS_PER_STATEMENT) {
      for (const id of await this.storeChunk(events.slice(from, from + ROWS_PER_STATEMENT))) fresh.add(id);
    }
    return fresh;
  }

  private async storeChunk(events: readonly NewWebhookEvent[]): Promise<string[]> {
    const attempt = async (): Promise<string[]> => {
      const times = new Set(events.map(({ receivedAtMs }) => receivedAtMs));
      await this.partitions.ensure('webhook_events', times);
      await this.partitions.ensure('webhook_attempts', times);
      const rows = await this.database.prepared<{ event_id: string }>(
        'webhook-receipts',
        INSERT,
        columnsOf(events),
      );
      return rows.map(({ event_id: id }) => id);
    };
    return attempt().catch((error: unknown) => {
      // No partition: another replica has dropped it, or its clock is far from ours.
      if (codeOf(error) !== '23514') throw error;
      this.partitions.forget();
      return attempt();
    });
  }
}

/**
 * JSON texts go as one text each with this between them: as an array every quote in them would have to be escaped here
 * and read again there. No JSON text has a control character, but for the white space that this is not.
 */
const BETWEEN_TEXTS = '\u001e';

const COLUMNS: readonly [name: string, type: string, read: (event: NewWebhookEvent) => unknown][] = [
  ['event_id', 'text', ({ eventId }) => eventId],
  ['received_at', 'timestamptz', ({ receivedAtMs }) => new Date(receivedAtMs).toISOString()],
  ['service_name', 'text', ({ serviceName }) => serviceName],
  ['external_id', 'text', ({ externalId }) => externalId],
  ['type', 'text', ({ type }) => type],
  ['entity', 'text', ({ entity }) => entity],
  ['sequence', 'bigint', ({ sequence }) => (sequence === null ? null : Math.trunc(sequence))],
  ['occurred_at', 'timestamptz', ({ occurredAt }) => occurredAt],
  ['critical', 'boolean', ({ critical }) => critical],
  ['address', 'text', ({ address }) => address],
  ['secret_id', 'text', ({ secretId }) => secretId],
  ['payload', 'json texts', ({ payload }) => payload],
  ['fact', 'json texts', ({ fact }) => fact],
];
const STORED = COLUMNS.map(([name]) => name)
  .filter((name) => name !== 'fact')
  .join(', ');

function columnsOf(events: readonly NewWebhookEvent[]): unknown[] {
  return COLUMNS.map(([, type, read]) => {
    const values = events.map(read);
    return type === 'json texts' ? values.join(BETWEEN_TEXTS) : values;
  });
}

function arrayOf(type: string, parameter: string): string {
  return type === 'json texts' ? `string_to_array(${parameter}, chr(30))` : `${parameter}::${type}[]`;
}

const INSERT = `
WITH input AS MATERIALIZED (
  SELECT * FROM unnest(${COLUMNS.map(([, type], index) => arrayOf(type, `$${index + 1}`)).join(', ')})
    AS input(${COLUMNS.map(([name]) => name).join(', ')})
), fresh AS (
  INSERT INTO webhook_keys (service_name, external_id, received_at, event_id)
  SELECT service_name, external_id, received_at, event_id FROM input ORDER BY service_name, external_id
  ON CONFLICT DO NOTHING
  RETURNING event_id
), new AS MATERIALIZED (
  SELECT input.* FROM input JOIN fresh USING (event_id)
), stored AS (
  INSERT INTO webhook_events (${STORED}) SELECT ${STORED} FROM new
), queued AS (
  INSERT INTO webhook_work
    (event_id, received_at, service_name, entity, position, critical, run, attempts, signalled, due_at)
  SELECT event_id, received_at, service_name, entity,
    coalesce(sequence, (extract(epoch FROM received_at) * 1000)::bigint), critical, 1, 0, false, received_at
  FROM new
), told AS (
  INSERT INTO webhook_outbox (fact_id, fact, service_name, body, kept_until)
  SELECT 'received:' || event_id, 'webhooks.received', service_name, fact,
    clock_timestamp() + interval '${TELL_WITHIN_MS} milliseconds'
  FROM new
)
SELECT event_id FROM fresh`;
