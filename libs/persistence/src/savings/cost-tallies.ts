import type { MicroUsd, ServiceName } from '@signalbox/contracts';
import type { EntityManager } from 'typeorm';
import { gapsOf, HOUR_MS, type Range } from '../analytics/tally.js';
import type { Database } from '../database/database.js';
import { lockInTransaction } from '../database/locks.js';
import { BASELINE, COST } from './call-cost-sql.js';

/** What the calls that went one way cost. Sums of ranges that do not overlap add up. */
export interface CostTally {
  serviceName: ServiceName;
  nodeId: string;
  operation: string;
  strategy: string;
  /** With an end. */
  calls: number;
  /** Caller errors left out. */
  settled: number;
  succeeded: number;
  costMicroUsd: MicroUsd;
  /** The same calls with the same ends, at the primary's price. */
  baselineMicroUsd: MicroUsd;
}

/** Operations are the callers' own words: the fifty dearest of a service's hour are kept by name. */
const NAMED_OPERATIONS = 50;
export const OTHER_OPERATIONS = '(others)';
const HOURS_PER_RUN = 100;

/**
 * Where the money went, hour by hour. Hours that history has closed are counted once; the others, and the edges of a
 * range, from the rows themselves. A row that comes late strikes its hour with the tallies of history, in one step.
 */
export class CostTallies {
  constructor(private readonly database: Database) {}

  /** Of one service where it is named, for decisions made in the range. */
  async between(range: Range, service: ServiceName | null): Promise<CostTally[]> {
    const rows = await this.database.query<{ hour: string } & (CostTally | { serviceName: null })>(
      `SELECT h.hour, ${COLUMNS}
       FROM costed_hours h
       LEFT JOIN cost_tallies t ON t.hour = h.hour AND ($3::text IS NULL OR t.service_name = $3)
       WHERE h.hour >= $1 AND h.hour <= $2::timestamptz - interval '1 hour'`,
      [...iso(range), service],
    );
    const hours = new Set(rows.map((row) => Date.parse(row.hour)));
    const tallies = rows.flatMap(({ hour: _hour, ...tally }) => (tally.serviceName === null ? [] : tally));
    for (const gap of gapsOf(range, [...hours]).flatMap(inHours)) {
      tallies.push(...(await this.database.query<CostTally>(COUNT, [...iso(gap), service])));
    }
    return tallies;
  }

  /** Counts hours that history has closed, oldest first. Replicas may all do it. Returns how many. */
  async countPast(): Promise<number> {
    const hours = await this.database.query<{ hour: string }>(
      `SELECT hour FROM tallied_hours t WHERE NOT EXISTS (SELECT FROM costed_hours c WHERE c.hour = t.hour)
       ORDER BY hour LIMIT ${HOURS_PER_RUN}`,
    );
    for (const { hour } of hours) {
      await this.database.transaction((manager) => countHour(manager, Date.parse(hour)));
    }
    return hours.length;
  }
}

async function countHour(manager: EntityManager, startMs: number): Promise<void> {
  // The lock that late rows are written under: none comes between the count and its place in the table.
  await lockInTransaction(manager, 'tallies');
  const [from, to] = iso({ fromMs: startMs, toMs: startMs + HOUR_MS });
  const [begun] = await manager.query<{ hour: string }[]>(
    `INSERT INTO costed_hours (hour) SELECT hour FROM tallied_hours WHERE hour = $1
     ON CONFLICT DO NOTHING RETURNING hour`,
    [from],
  );
  if (begun === undefined) return;
  await manager.query(
    `INSERT INTO cost_tallies (hour, service_name, node_id, operation, strategy, calls, settled, succeeded,
                               cost_micro_usd, baseline_micro_usd)
     SELECT $1::timestamptz, counted.* FROM (${COUNT}) AS counted`,
    [from, to, null],
  );
}

const COLUMNS = `
  t.service_name AS "serviceName", t.node_id AS "nodeId", t.operation, t.strategy, t.calls, t.settled, t.succeeded,
  t.cost_micro_usd AS "costMicroUsd", t.baseline_micro_usd AS "baselineMicroUsd"`;

/** From the rows: $1 and $2 the range, $3 the service or null. */
const COUNT = `
  WITH ended AS (
    SELECT d.service_name, o.node_id, d.operation, d.strategy, o.outcome, ${COST} AS cost, ${BASELINE} AS baseline
    FROM decisions d
    JOIN outcomes o ON o.decided_at = d.decided_at AND o.coordination_id = d.coordination_id
      AND o.decided_at >= $1::timestamptz AND o.decided_at < $2::timestamptz
    WHERE d.decided_at >= $1::timestamptz AND d.decided_at < $2::timestamptz
      AND ($3::text IS NULL OR d.service_name = $3)
  ), named AS (
    SELECT service_name, operation FROM (
      SELECT service_name, operation,
             row_number() OVER (PARTITION BY service_name ORDER BY sum(cost) DESC, operation) AS place
      FROM ended GROUP BY service_name, operation) AS ranked
    WHERE place <= ${NAMED_OPERATIONS}
  )
  SELECT e.service_name AS "serviceName", e.node_id AS "nodeId",
         coalesce(n.operation, '${OTHER_OPERATIONS}') AS operation, e.strategy,
         count(*) AS calls, count(*) FILTER (WHERE e.outcome <> 'client_error') AS settled,
         count(*) FILTER (WHERE e.outcome = 'success') AS succeeded,
         sum(e.cost)::bigint AS "costMicroUsd", sum(e.baseline)::bigint AS "baselineMicroUsd"
  FROM ended e LEFT JOIN named n ON n.service_name = e.service_name AND n.operation = e.operation
  GROUP BY 1, 2, 3, 4`;

/** Whole hours at most, so that no statement runs into its timeout. */
function inHours({ fromMs, toMs }: Range): Range[] {
  const pieces: Range[] = [];
  for (let at = fromMs; at < toMs;) {
    const end = Math.min(toMs, (Math.floor(at / HOUR_MS) + 1) * HOUR_MS);
    pieces.push({ fromMs: at, toMs: end });
    at = end;
  }
  return pieces;
}

function iso({ fromMs, toMs }: Range): [string, string] {
  return [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
}
