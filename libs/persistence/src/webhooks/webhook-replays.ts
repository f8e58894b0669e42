import { SignalboxError, type ReplayedMany, type WebhookEventSummary } from '@signalbox/contracts';
import type { EntityManager } from 'typeorm';
import type { AuditStore, ChangedBy } from '../audit/audit-store.js';
import type { Database } from '../database/database.js';
import { noEvent, summaryOf, SUMMARY, where, type SummaryRow } from './webhook-events.js';
import { conditionsOf, FROM_EVENTS, type WebhookFilter } from './webhook-filter.js';
import { receivedAtOf } from './webhook-receipts.js';

export interface ReplayManyOptions {
  filter: WebhookFilter;
  limit: number;
  dryRun: boolean;
  reason: string | undefined;
}

/** Events shown of a replay of many. */
const SAMPLE = 10;

/** Lets events that are done with be processed again, from the first attempt on. Every replay is audited. */
export class WebhookReplays {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditStore,
  ) {}

  /** Rejects with NOT_FOUND, with CONFLICT for an event that is on its way. */
  async one(eventId: string, by: ChangedBy, reason: string | undefined): Promise<void> {
    const receivedAtMs = receivedAtOf(eventId);
    if (receivedAtMs === null) throw noEvent(eventId);
    await this.audit.transaction(async (manager, record) => {
      const [row] = await manager.query<SummaryRow[]>(
        `SELECT ${SUMMARY} ${FROM_EVENTS} WHERE e.received_at = to_timestamp($1::double precision / 1000) AND e.event_id = $2`,
        [receivedAtMs, eventId],
      );
      if (row === undefined) throw noEvent(eventId);
      if ((await requeue(manager, [row])) === 0) {
        throw new SignalboxError('CONFLICT', `${eventId} is on its way: it is ${row.state}`);
      }
      await record({
        by,
        action: 'webhook.replay',
        object: `webhook-event:${eventId}`,
        serviceName: row.service_name,
        before: { state: row.state },
        after: { state: 'received', reason },
      });
    });
  }

  /** The events that the filter finds and that are done with, oldest first. A dry run changes nothing. */
  async many({ filter, limit, dryRun, reason }: ReplayManyOptions, by: ChangedBy): Promise<ReplayedMany> {
    const parameters: unknown[] = [];
    const conditions = [...conditionsOf(filter, parameters), '(w.event_id IS NULL OR w.dead_at IS NOT NULL)'];
    const found = await this.database.query<SummaryRow>(
      `SELECT ${SUMMARY} ${FROM_EVENTS} ${where(conditions)} ORDER BY e.received_at, e.event_id LIMIT ${limit + 1}`,
      parameters,
    );
    const rows = found.slice(0, limit);
    const sample: WebhookEventSummary[] = rows.slice(0, SAMPLE).map(summaryOf);
    const matched = { matched: rows.length, more: found.length > limit, sample };
    if (dryRun || rows.length === 0) return { dryRun, replayed: 0, ...matched };
    const replayed = await this.audit.transaction(async (manager, record) => {
      const count = await requeue(manager, rows);
      const { services: _services, ...query } = filter;
      await record({
        by,
        action: 'webhook.replay_many',
        object: 'webhook-events',
        ...(filter.serviceName === undefined ? {} : { serviceName: filter.serviceName }),
        after: { query, replayed: count, reason },
      });
      return count;
    });
    return { dryRun, replayed, ...matched };
  }
}

/** How many were made work again: those that are work already are left as they are. */
async function requeue(manager: EntityManager, rows: readonly SummaryRow[]): Promise<number> {
  const times = rows.map((row) => row.received_at);
  const [result] = await manager.query<[{ requeued: number }]>(REQUEUE, [
    times.reduce((a, b) => (a < b ? a : b)),
    times.reduce((a, b) => (a > b ? a : b)),
    rows.map((row) => row.event_id),
  ]);
  return result.requeued;
}

const REQUEUE = `
WITH past AS (
  SELECT event_id, max(run) AS run, bool_or(outcome = 'processed') AS processed FROM webhook_attempts
  WHERE received_at BETWEEN $1 AND $2 AND event_id = ANY($3::text[]) GROUP BY event_id
), requeued AS (
  INSERT INTO webhook_work AS w
    (event_id, received_at, service_name, entity, position, critical, run, attempts, signalled, due_at)
  SELECT e.event_id, e.received_at, e.service_name, e.entity,
    coalesce(e.sequence, (extract(epoch FROM e.received_at) * 1000)::bigint), e.critical,
    coalesce(past.run, 0) + 1, 0, coalesce(past.processed, false), clock_timestamp()
  FROM webhook_events e LEFT JOIN past USING (event_id)
  WHERE e.received_at BETWEEN $1 AND $2 AND e.event_id = ANY($3::text[])
  ORDER BY e.event_id
  ON CONFLICT (event_id) DO UPDATE SET
    run = excluded.run, attempts = 0, signalled = excluded.signalled, due_at = excluded.due_at,
    dead_at = NULL, reason = NULL, claim = NULL, claimed_until = NULL
    WHERE w.dead_at IS NOT NULL
  RETURNING 1
)
SELECT count(*) AS requeued FROM requeued`;
