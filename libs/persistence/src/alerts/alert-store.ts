import type { AlertView, AlertsQuery, Page } from '@signalbox/contracts';
import type { ServiceName } from '@signalbox/contracts';
import type { Database } from '../database/database.js';
import { lockInTransaction } from '../database/locks.js';
import { keyOf, limitOf, pageOf } from '../paging.js';
import { SELECTED, viewOf, type AlertRecord } from './alert-record.js';
import { AlertTransaction } from './alert-transaction.js';

/** More than can stand: of each service and kind a bounded number does. */
const MOST_STANDING = 5_000;
const NEWS_AT_A_TIME = 100;

/** One change of an alert that is still to be told. */
export interface UntoldAlertNews {
  id: number;
  alertId: string;
  revision: number;
  at: string;
  critical: boolean;
  view: AlertView;
}

/** What is forgotten, by when it happened. */
export interface AlertRetention {
  resolvedBeforeMs: number;
  factsBeforeMs: number;
}

/** Alerts: changed by one replica at a time, each change together with its facts and its news or not at all. */
export class AlertStore {
  constructor(private readonly database: Database) {}

  /** Answers what `work` does, once all of it is committed. */
  change<T>(nowMs: number, work: (alerts: AlertTransaction) => Promise<T>): Promise<T> {
    return this.database.transaction(async (manager) => {
      await lockInTransaction(manager, 'alerts');
      const alerts = new AlertTransaction(manager, nowMs);
      const result = await work(alerts);
      await alerts.write();
      return result;
    });
  }

  /** Whether some alert is to escalate or to end by itself: a look that holds up nobody. */
  async isAnyDue(nowMs: number): Promise<boolean> {
    const [row] = await this.database.query<{ due: boolean }>(
      `SELECT EXISTS (SELECT FROM alerts WHERE escalates_at <= $1)
           OR EXISTS (SELECT FROM alerts WHERE state <> 'resolved' AND ends_at <= $1) AS due`,
      [iso(nowMs)],
    );
    return row?.due === true;
  }

  /** Newest first. `services` null: all, and those that are about none; else only those about one of them. */
  async list(query: AlertsQuery, services: readonly ServiceName[] | null): Promise<Page<AlertView>> {
    const limit = limitOf(query);
    const [at, id] = keyOf(query, ['time', 'text']) ?? [null, null];
    const { serviceName, kind, severity, state, from, to } = query;
    const rows = await this.database.query<AlertRecord>(
      `SELECT ${SELECTED} FROM alerts
       WHERE ($1::text[] IS NULL OR service_name = ANY($1)) AND ($2::text IS NULL OR service_name = $2)
         AND ($3::text IS NULL OR kind = $3) AND ($4::text IS NULL OR severity = $4)
         AND ($5::text IS NULL OR state = $5)
         AND ($6::timestamptz IS NULL OR raised_at >= $6) AND ($7::timestamptz IS NULL OR raised_at < $7)
         AND ($8::timestamptz IS NULL OR (raised_at, alert_id) < ($8, $9::text))
       ORDER BY raised_at DESC, alert_id DESC LIMIT $10`,
      [
        ...[services, serviceName ?? null, kind ?? null, severity ?? null, state ?? null],
        ...[from ?? null, to ?? null, at, id, limit + 1],
      ],
    );
    return pageOf(rows, limit, (row) => [row.raisedAt, row.alertId], viewOf);
  }

  /** All that stand, newest first. */
  async standing(): Promise<AlertView[]> {
    const rows = await this.database.query<AlertRecord>(
      `SELECT ${SELECTED} FROM alerts WHERE state <> 'resolved'
       ORDER BY raised_at DESC, alert_id DESC LIMIT ${MOST_STANDING}`,
    );
    return rows.map(viewOf);
  }

  /** What is still to be told, in the order it happened. */
  untold(): Promise<UntoldAlertNews[]> {
    return this.database.query<UntoldAlertNews>(
      `SELECT id, alert_id AS "alertId", revision, at, critical, view FROM alert_news
       ORDER BY id LIMIT ${NEWS_AT_A_TIME}`,
    );
  }

  async told(ids: readonly number[]): Promise<void> {
    await this.database.query('DELETE FROM alert_news WHERE id = ANY($1::bigint[])', [ids]);
  }

  async forget({ resolvedBeforeMs, factsBeforeMs }: AlertRetention): Promise<void> {
    await this.database.query(`DELETE FROM alerts WHERE state = 'resolved' AND resolved_at < $1`, [
      iso(resolvedBeforeMs),
    ]);
    await this.database.query('DELETE FROM alert_facts WHERE at < $1', [iso(factsBeforeMs)]);
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
