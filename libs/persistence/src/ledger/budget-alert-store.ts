import type { AlertLevel, BudgetAlert, PeriodKind } from '@signalbox/budgets';
import type { ServiceName } from '@signalbox/contracts';
import type { Database } from '../database/database.js';
import { DAY_MS } from '../history/partition-period.js';
import { iso } from './movement-rows.js';

const MINUTE_MS = 60_000;
/** An alert older than that would be of a day that is over. */
const LOOKED_BACK_MS = 2 * DAY_MS;

export interface UntoldAlert {
  alertId: string;
  serviceName: ServiceName;
  known: BudgetAlert | null;
}

interface AlertRow {
  alert_id: string | null;
  period: string;
  period_key: string;
  level: string;
  threshold: number;
  cap_micro_usd: number;
  spent_micro_usd: number;
  reserved_micro_usd: number;
  raised_at: string;
}

/** Alerts of budgets: stored before they are told, and remembered as told. */
export class BudgetAlertStore {
  constructor(private readonly database: Database) {}

  /** Stores alerts that are not stored yet; answers the ids of those that nobody has told. */
  async raise(alerts: readonly BudgetAlert[]): Promise<string[]> {
    const column = <T>(read: (alert: BudgetAlert) => T) => alerts.map(read);
    const rows = await this.database.query<{ alertId: string }>(
      `WITH given AS (
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::double precision[],
                              $7::bigint[], $8::bigint[], $9::bigint[], $10::timestamptz[])
           AS given(alert_id, service_name, period, period_key, level, threshold, cap_micro_usd, spent_micro_usd,
                    reserved_micro_usd, raised_at)
       ), stored AS (
         INSERT INTO budget_alerts (alert_id, service_name, period, period_key, level, threshold, cap_micro_usd,
                                    spent_micro_usd, reserved_micro_usd, raised_at)
         SELECT * FROM given ON CONFLICT DO NOTHING
       )
       SELECT alert_id AS "alertId" FROM given
       WHERE NOT EXISTS (SELECT FROM budget_alerts known WHERE known.alert_id = given.alert_id AND told_at IS NOT NULL)`,
      [
        column(({ alertId }) => alertId),
        column(({ serviceName }) => serviceName),
        column(({ kind }) => kind),
        column(({ key }) => key),
        column(({ level }) => level),
        column(({ threshold }) => threshold),
        column(({ capMicroUsd }) => capMicroUsd),
        column(({ spentMicroUsd }) => spentMicroUsd),
        column(({ reservedMicroUsd }) => reservedMicroUsd),
        column(({ atMs }) => iso(atMs)),
      ],
    );
    return rows.map(({ alertId }) => alertId);
  }

  /**
   * Alerts in the journal that nobody has told for a minute: whoever was to may have died. `known` is what was stored of
   * it; null when nothing was.
   */
  async untold(nowMs: number): Promise<UntoldAlert[]> {
    const rows = await this.database.query<AlertRow & { journalledId: string; serviceName: ServiceName }>(
      `SELECT DISTINCT raised.reservation_id AS "journalledId", raised.service_name AS "serviceName", alert.*
       FROM ledger_movements raised LEFT JOIN budget_alerts alert ON alert.alert_id = raised.reservation_id
       WHERE raised.kind = 'alert' AND raised.reserved_at BETWEEN $1 AND $2 AND alert.told_at IS NULL
       LIMIT 1000`,
      [iso(nowMs - LOOKED_BACK_MS), iso(nowMs - MINUTE_MS)],
    );
    return rows.map(({ journalledId, serviceName, ...row }) => ({
      alertId: journalledId,
      serviceName,
      known: row.alert_id === null ? null : alertOf(row.alert_id, serviceName, row),
    }));
  }

  /** These have been told for good. */
  async told(alertIds: readonly string[], atMs: number): Promise<void> {
    await this.database.query(
      'UPDATE budget_alerts SET told_at = $2 WHERE alert_id = ANY($1::text[]) AND told_at IS NULL',
      [alertIds, iso(atMs)],
    );
  }
}

function alertOf(alertId: string, serviceName: ServiceName, row: AlertRow): BudgetAlert {
  return {
    alertId,
    serviceName,
    kind: row.period as PeriodKind,
    key: row.period_key,
    level: row.level as AlertLevel,
    threshold: row.threshold,
    capMicroUsd: row.cap_micro_usd,
    spentMicroUsd: row.spent_micro_usd,
    reservedMicroUsd: row.reserved_micro_usd,
    atMs: Date.parse(row.raised_at),
  };
}
