import type { MicroUsd, ServiceName } from '@signalbox/contracts';
import type { Range } from '../analytics/tally.js';
import type { Database } from '../database/database.js';
import { COST } from './call-cost-sql.js';

/** One service's minute, by when its calls were decided. */
export interface ServiceMinute {
  minuteStartMs: number;
  serviceName: ServiceName;
  costMicroUsd: MicroUsd;
  /** Of the calls that got an answer, or hung: null without one. */
  latencyMsMean: number | null;
  /** Caller errors left out. */
  settled: number;
  failed: number;
}

/** Minutes of recorded calls; a minute without a call is left out. Meant for ranges of a few hours at most. */
export class MinuteSeries {
  constructor(private readonly database: Database) {}

  async between({ fromMs, toMs }: Range): Promise<ServiceMinute[]> {
    const rows = await this.database.query<Omit<ServiceMinute, 'minuteStartMs'> & { minute: string }>(
      `SELECT date_trunc('minute', d.decided_at, 'UTC') AS minute, d.service_name AS "serviceName",
              sum(${COST})::bigint AS "costMicroUsd",
              avg(o.latency_ms) FILTER (WHERE o.outcome NOT IN ('connection_error', 'client_error'))
                AS "latencyMsMean",
              count(*) FILTER (WHERE o.outcome <> 'client_error') AS settled,
              count(*) FILTER (WHERE o.outcome NOT IN ('client_error', 'success')) AS failed
       FROM decisions d
       JOIN outcomes o ON o.decided_at = d.decided_at AND o.coordination_id = d.coordination_id
         AND o.decided_at >= $1::timestamptz AND o.decided_at < $2::timestamptz
       WHERE d.decided_at >= $1::timestamptz AND d.decided_at < $2::timestamptz
       GROUP BY 1, 2 ORDER BY 1, 2`,
      [new Date(fromMs).toISOString(), new Date(toMs).toISOString()],
    );
    return rows.map(({ minute, ...row }) => ({ minuteStartMs: Date.parse(minute), ...row }));
  }

  /** When the first call on record was decided; null without any. */
  async firstMs(): Promise<number | null> {
    const [row] = await this.database.query<{ first: string | null }>(
      'SELECT min(decided_at) AS first FROM decisions',
    );
    return row?.first == null ? null : Date.parse(row.first);
  }
}
