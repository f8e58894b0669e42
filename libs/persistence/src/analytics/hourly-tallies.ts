import type { ServiceName } from '@signalbox/contracts';
import type { EntityManager } from 'typeorm';
import type { Database } from '../database/database.js';
import { lockInTransaction } from '../database/locks.js';
import { byService, gapsOf, HOUR_MS, type Range, type Tally } from './tally.js';

/** An hour is tallied when this has passed since its end: the longest lease, so that outcomes are in. */
const SETTLED_MS = HOUR_MS;
/** Writers look out for tallied hours from half of that on, should their clock be behind the tallying one. */
const WATCHED_MS = SETTLED_MS / 2;
/** Hours tallied in one go; the rest waits for the next, so that the first run on a full history ends. */
const HOURS_PER_RUN = 200;

/**
 * Past hours, counted once: a month of traffic is answered from a few thousand rows and the raw rows of its
 * edges. A row that comes late for a tallied hour strikes the tally in its own transaction, and the hour is
 * counted anew: sums are the same as over raw rows, always.
 */
export class HourlyTallies {
  constructor(private readonly database: Database) {}

  /** Per service, of one where it is named, for decisions made in the range. */
  async between(range: Range, service: ServiceName | null): Promise<Tally[]> {
    const rows = await this.database.query<{ hour: string } & (Tally | { service: null })>(
      `SELECT h.hour, t.service_name AS service, t.decided, t.integrated, t.decision_ms_sum AS "decisionMsSum",
              t.settled, t.succeeded, t.paid, t.saved_micro_usd AS "savedMicroUsd"
       FROM tallied_hours h
       LEFT JOIN hourly_tallies t ON t.hour = h.hour AND ($3::text IS NULL OR t.service_name = $3)
       WHERE h.hour >= $1 AND h.hour <= $2::timestamptz - interval '1 hour'`,
      [...iso(range), service],
    );
    const hours = new Set(rows.map((row) => Date.parse(row.hour)));
    const tallies = rows.flatMap(({ hour: _hour, ...tally }) => (tally.service === null ? [] : tally));
    for (const gap of gapsOf(range, [...hours])) {
      tallies.push(...(await this.database.query<Tally>(COUNT, [...iso(gap), service])));
    }
    return byService(tallies);
  }

  /** Tallies the hours that are over and not tallied yet, oldest first. Replicas may all do it. Returns how many. */
  async tallyPast(nowMs: number): Promise<number> {
    const hours = await this.database.query<{ hour: string }>(
      `SELECT hour FROM generate_series(
         (SELECT date_trunc('hour', min(decided_at), 'UTC') FROM decisions),
         $1::timestamptz - interval '1 hour', '1 hour') AS hour
       WHERE NOT EXISTS (SELECT FROM tallied_hours t WHERE t.hour = hour.hour)
       ORDER BY hour LIMIT ${HOURS_PER_RUN}`,
      [new Date(nowMs - SETTLED_MS).toISOString()],
    );
    for (const { hour } of hours) {
      await this.database.transaction((manager) => tallyHour(manager, Date.parse(hour)));
    }
    return hours.length;
  }
}

/** True when rows of this time may belong to a tallied hour: they are written under {@link strikeTallies}. */
export function mayBeTallied(timeMs: number, nowMs: number): boolean {
  return hourOf(timeMs) + HOUR_MS <= nowMs - WATCHED_MS;
}

/** Makes the hours of these times count anew. The lock keeps a tally from being taken before the rows are in. */
export async function strikeTallies(manager: EntityManager, timesMs: readonly number[]): Promise<void> {
  await lockInTransaction(manager, 'tallies');
  const hours = [...new Set(timesMs.map(hourOf))].map((ms) => new Date(ms).toISOString());
  await manager.query('DELETE FROM tallied_hours WHERE hour = ANY($1::timestamptz[])', [hours]);
}

async function tallyHour(manager: EntityManager, startMs: number): Promise<void> {
  await lockInTransaction(manager, 'tallies');
  const [from, to] = iso({ fromMs: startMs, toMs: startMs + HOUR_MS });
  const [begun] = await manager.query<{ hour: string }[]>(
    'INSERT INTO tallied_hours (hour) VALUES ($1) ON CONFLICT DO NOTHING RETURNING hour',
    [from],
  );
  if (begun === undefined) return;
  await manager.query(
    `INSERT INTO hourly_tallies (hour, service_name, decided, integrated, decision_ms_sum, settled, succeeded,
                                 paid, saved_micro_usd)
     SELECT $1::timestamptz, counted.* FROM (${COUNT}) AS counted`,
    [from, to, null],
  );
}

/**
 * From raw rows: $1 and $2 the range, $3 the service or null. The range is said of both tables, since the
 * planner does not carry it over the join by itself.
 */
const COUNT = `
  SELECT d.service_name AS service,
         count(*) AS decided,
         count(*) FILTER (WHERE d.backend_integrated) AS integrated,
         sum(d.decision_ms) AS "decisionMsSum",
         count(*) FILTER (WHERE o.outcome <> 'client_error') AS settled,
         count(*) FILTER (WHERE o.outcome = 'success') AS succeeded,
         count(o.outcome) AS paid,
         coalesce(sum(d.baseline_cost_micro_usd - coalesce(o.actual_cost_micro_usd, d.estimated_cost_micro_usd))
           FILTER (WHERE o.outcome IS NOT NULL), 0)::bigint AS "savedMicroUsd"
  FROM decisions d
  LEFT JOIN outcomes o ON o.decided_at = d.decided_at AND o.coordination_id = d.coordination_id
    AND o.decided_at >= $1::timestamptz AND o.decided_at < $2::timestamptz
  WHERE d.decided_at >= $1::timestamptz AND d.decided_at < $2::timestamptz
    AND ($3::text IS NULL OR d.service_name = $3)
  GROUP BY d.service_name`;

function hourOf(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS) * HOUR_MS;
}

function iso({ fromMs, toMs }: Range): [string, string] {
  return [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
}
