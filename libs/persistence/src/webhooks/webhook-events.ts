import {
  SignalboxError,
  type Page,
  type ServiceName,
  type WebhookAttempt,
  type WebhookEventDetail,
  type WebhookEventSummary,
  type WebhookState,
} from '@signalbox/contracts';
import type { Database } from '../database/database.js';
import { keyOf, limitOf, pageOf, type PageRequest } from '../paging.js';
import { conditionsOf, FROM_EVENTS, STATE, type WebhookFilter } from './webhook-filter.js';
import { receivedAtOf } from './webhook-receipts.js';

/** What was received and what became of it, for people. */
export class WebhookEvents {
  constructor(private readonly database: Database) {}

  /** Newest first. */
  async list(query: WebhookFilter & PageRequest): Promise<Page<WebhookEventSummary>> {
    const limit = limitOf(query);
    const after = keyOf(query, ['time', 'text']);
    const parameters: unknown[] = [];
    const conditions = conditionsOf(query, parameters);
    if (after !== null) {
      parameters.push(...after);
      conditions.push(`(e.received_at, e.event_id) < ($${parameters.length - 1}, $${parameters.length})`);
    }
    const rows = await this.database.query<SummaryRow>(
      `SELECT ${SUMMARY} ${FROM_EVENTS} ${where(conditions)}
       ORDER BY e.received_at DESC, e.event_id DESC LIMIT ${limit + 1}`,
      parameters,
    );
    return pageOf(rows, limit, (row) => [row.received_at, row.event_id], summaryOf);
  }

  /** With payload and attempts. Rejects with NOT_FOUND, also for what is past its 30 days. */
  async get(eventId: string): Promise<WebhookEventDetail> {
    const receivedAtMs = receivedAtOf(eventId);
    if (receivedAtMs === null) throw noEvent(eventId);
    const key = [isoOf(eventId, receivedAtMs), eventId];
    const [row] = await this.database.query<DetailRow>(
      `SELECT ${SUMMARY}, e.address, e.secret_id, e.payload ${FROM_EVENTS}
       WHERE e.received_at = $1 AND e.event_id = $2`,
      key,
    );
    if (row === undefined) throw noEvent(eventId);
    const attempts = await this.database.query<AttemptRow>(
      `SELECT run, attempt, started_at, duration_ms, handler, outcome, reason, replica_id FROM webhook_attempts
       WHERE received_at = $1 AND event_id = $2 ORDER BY run, attempt`,
      key,
    );
    return {
      ...summaryOf(row),
      address: row.address,
      secretId: row.secret_id,
      payload: JSON.parse(row.payload) as unknown,
      attempts: attempts.map(attemptOf),
    };
  }
}

export const SUMMARY = `e.event_id, e.received_at, e.service_name, e.external_id, e.type, e.entity, e.sequence,
  e.critical, e.occurred_at, ${STATE} AS state, w.due_at,
  coalesce(w.attempts, a.attempt, 0) AS attempts, coalesce(w.reason, a.reason) AS reason,
  a.started_at + a.duration_ms * interval '1 millisecond' AS attempted_until`;

export interface SummaryRow {
  event_id: string;
  received_at: string;
  service_name: ServiceName;
  external_id: string;
  type: string;
  entity: string | null;
  sequence: number | null;
  critical: boolean;
  occurred_at: string | null;
  state: WebhookState;
  due_at: string | null;
  attempts: number;
  reason: string | null;
  attempted_until: string | null;
}

interface DetailRow extends SummaryRow {
  address: string | null;
  secret_id: string | null;
  payload: string;
}

interface AttemptRow {
  run: number;
  attempt: number;
  started_at: string;
  duration_ms: number;
  handler: string | null;
  outcome: WebhookAttempt['outcome'];
  reason: string | null;
  replica_id: string;
}

export function summaryOf(row: SummaryRow): WebhookEventSummary {
  const isFinished = row.state === 'processed' || row.state === 'ignored' || row.state === 'dead';
  return {
    webhookEventId: row.event_id,
    serviceName: row.service_name,
    externalId: row.external_id,
    type: row.type,
    entity: row.entity,
    sequence: row.sequence,
    critical: row.critical,
    state: row.state,
    receivedAt: row.received_at,
    occurredAt: row.occurred_at,
    finishedAt: isFinished ? row.attempted_until : null,
    dueAt: isFinished ? null : row.due_at,
    attemptCount: row.attempts,
    reason: row.reason,
  };
}

function attemptOf(row: AttemptRow): WebhookAttempt {
  return {
    run: row.run,
    attempt: row.attempt,
    startedAt: row.started_at,
    durationMs: row.duration_ms,
    handler: row.handler,
    outcome: row.outcome,
    reason: row.reason,
    replicaId: row.replica_id,
  };
}

export function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}

function isoOf(eventId: string, ms: number): string {
  // Beyond the year 9999, or what a Date can hold, nothing was received.
  if (ms > 253_402_300_799_999) throw noEvent(eventId);
  return new Date(ms).toISOString();
}

export function noEvent(eventId: string): SignalboxError {
  return new SignalboxError('NOT_FOUND', `There is no webhook event ${eventId.slice(0, 128)}`);
}
