import type { MicroUsd, ServiceName } from '@signalbox/contracts';
import type { Range } from '../analytics/tally.js';
import type { Database } from '../database/database.js';

/** What admission refused in one hour; below 0 for what it let in that it had refused in that hour before. */
export interface RefusalTally {
  hourStartMs: number;
  serviceName: ServiceName;
  calls: number;
  estimateMicroUsd: MicroUsd;
}

/** Sums of what admission refused, by hour. */
export class RefusalTallies {
  constructor(private readonly database: Database) {}

  /** Adds to the hours' sums. Each tally is added once: whoever adds it again counts it twice. */
  async add(tallies: readonly RefusalTally[]): Promise<void> {
    if (tallies.length === 0) return;
    await this.database.query(
      `INSERT INTO refusal_tallies AS known (hour, service_name, calls, estimate_micro_usd)
       SELECT hour, service_name, sum(calls), sum(estimate)
       FROM unnest($1::timestamptz[], $2::text[], $3::bigint[], $4::bigint[])
         AS said(hour, service_name, calls, estimate)
       GROUP BY hour, service_name ORDER BY hour, service_name
       ON CONFLICT (hour, service_name) DO UPDATE SET calls = known.calls + excluded.calls,
         estimate_micro_usd = known.estimate_micro_usd + excluded.estimate_micro_usd`,
      [
        tallies.map(({ hourStartMs }) => new Date(hourStartMs).toISOString()),
        tallies.map(({ serviceName }) => serviceName),
        tallies.map(({ calls }) => calls),
        tallies.map(({ estimateMicroUsd }) => estimateMicroUsd),
      ],
    );
  }

  /** Of the hours that begin in the range; a service of which nothing was refused is left out. */
  async between({ fromMs, toMs }: Range): Promise<Omit<RefusalTally, 'hourStartMs'>[]> {
    return this.database.query(
      `SELECT service_name AS "serviceName", sum(calls)::bigint AS calls,
              sum(estimate_micro_usd)::bigint AS "estimateMicroUsd"
       FROM refusal_tallies WHERE hour >= $1 AND hour < $2 GROUP BY service_name`,
      [new Date(fromMs).toISOString(), new Date(toMs).toISOString()],
    );
  }

  async purge(beforeMs: number): Promise<void> {
    await this.database.query('DELETE FROM refusal_tallies WHERE hour < $1', [
      new Date(beforeMs).toISOString(),
    ]);
  }
}
