import type { CallPriority, ServiceName } from '@signalbox/contracts';
import type { Database } from '../database/database.js';
import { isoOf, priorityOf } from './batch-item.js';

/** What batching did for a service over whole hours. */
export interface BatchSums {
  serviceName: ServiceName;
  /** Requests that ended. */
  requests: number;
  /** Of those, the ones that a counted call took to the provider, or an equal request in their stead. */
  carried: number;
  succeeded: number;
  failed: number;
  dead: number;
  duplicates: number;
  /** HTTP requests sent to providers. */
  calls: number;
  retries: number;
  bisections: number;
  billableUnits: number;
  aloneUnits: number;
  costMicroUsd: number;
}

/** Waits of one priority, from acceptance until the request left; quantiles at most 10 % above the truth. */
export interface WaitFigures {
  serviceName: ServiceName;
  priority: CallPriority;
  requests: number;
  meanMs: number;
  p50Ms: number;
  p99Ms: number;
}

interface SumRow {
  service_name: ServiceName;
  requests: number;
  carried: number;
  succeeded: number;
  failed: number;
  dead: number;
  duplicates: number;
  calls: number;
  retries: number;
  bisections: number;
  billable_units: number;
  alone_units: number;
  cost_micro_usd: number;
}

interface WaitRow {
  service_name: ServiceName;
  priority: number;
  bucket: number;
  requests: number;
  wait_ms_sum: number;
}

/** The sums that settlements keep, read over a window. */
export class BatchStatistics {
  constructor(private readonly database: Database) {}

  /** Of the hours that begin in [from, to). A service without any is left out. */
  async sums(fromMs: number, toMs: number): Promise<BatchSums[]> {
    const columns = SUMMED.map((name) => `sum(${name})::bigint AS ${name}`).join(', ');
    const rows = await this.database.query<SumRow>(
      `SELECT service_name, ${columns} FROM batch_tallies WHERE hour >= $1 AND hour < $2
       GROUP BY service_name ORDER BY service_name`,
      [isoOf(fromMs), isoOf(toMs)],
    );
    return rows.map((row) => ({
      serviceName: row.service_name,
      requests: row.requests,
      carried: row.carried,
      succeeded: row.succeeded,
      failed: row.failed,
      dead: row.dead,
      duplicates: row.duplicates,
      calls: row.calls,
      retries: row.retries,
      bisections: row.bisections,
      billableUnits: row.billable_units,
      aloneUnits: row.alone_units,
      costMicroUsd: row.cost_micro_usd,
    }));
  }

  async waits(fromMs: number, toMs: number): Promise<WaitFigures[]> {
    const rows = await this.database.query<WaitRow>(
      `SELECT service_name, priority, bucket, sum(requests)::bigint AS requests, sum(wait_ms_sum) AS wait_ms_sum
       FROM batch_waits WHERE hour >= $1 AND hour < $2
       GROUP BY service_name, priority, bucket ORDER BY service_name, priority, bucket`,
      [isoOf(fromMs), isoOf(toMs)],
    );
    const groups = new Map<string, WaitRow[]>();
    for (const row of rows) {
      const key = `${row.service_name} ${row.priority}`;
      groups.set(key, [...(groups.get(key) ?? []), row]);
    }
    return [...groups.values()].map(figuresOf);
  }

  /** Forgets hours that began before. */
  async purge(beforeMs: number): Promise<void> {
    await this.database.query(`DELETE FROM batch_tallies WHERE hour < $1`, [isoOf(beforeMs)]);
    await this.database.query(`DELETE FROM batch_waits WHERE hour < $1`, [isoOf(beforeMs)]);
  }
}

const SUMMED = [
  'requests',
  'carried',
  'succeeded',
  'failed',
  'dead',
  'duplicates',
  'calls',
  'retries',
  'bisections',
  'billable_units',
  'alone_units',
  'cost_micro_usd',
] as const;

/** `rows`: the buckets of one priority, rising. */
function figuresOf(rows: readonly WaitRow[]): WaitFigures {
  const [first] = rows as [WaitRow];
  const requests = rows.reduce((sum, row) => sum + row.requests, 0);
  const sumMs = rows.reduce((sum, row) => sum + row.wait_ms_sum, 0);
  const quantile = (share: number): number => {
    let seen = 0;
    for (const row of rows) {
      seen += row.requests;
      if (seen >= share * requests) return 1.1 ** row.bucket;
    }
    return 0;
  };
  return {
    serviceName: first.service_name,
    priority: priorityOf(first.priority),
    requests,
    meanMs: sumMs / requests,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
  };
}
