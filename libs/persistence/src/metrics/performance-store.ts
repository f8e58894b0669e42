import {
  SERVICE_NAMES,
  type ApiPerformanceMetrics,
  type MicroUsd,
  type PerformanceMetric,
  type PerformanceSeries,
  type ServiceName,
} from '@signalbox/contracts';
import type { Range } from '../analytics/tally.js';
import type { Database } from '../database/database.js';

/** How long collections are kept. */
export const PERFORMANCE_KEPT_MS = 24 * 3_600_000;

/** A service's metrics, and what its budget's month had cost by then where that was told. */
export interface PerformanceCollection {
  metrics: ApiPerformanceMetrics;
  month: { key: string; spentMicroUsd: MicroUsd } | null;
}

/** Of an earlier collection, what a later one is compared with. */
export interface PastCollection {
  collectedAtMs: number;
  p95: number | null;
  month: { key: string; spentMicroUsd: MicroUsd } | null;
}

export interface SeriesRange extends Range {
  services: readonly ServiceName[];
  metrics: readonly PerformanceMetric[];
  stepMs: number;
}

/**
 * How a step's collections become its point: rates, shares and money by their mean; percentiles and counts of errors by
 * the largest, since a mean of percentiles is none and a peak must not be averaged away.
 */
const POINT: Record<PerformanceMetric, string> = {
  average: 'avg(average)',
  p95: 'max(p95)',
  p99: 'max(p99)',
  requestsPerSecond: 'avg(requests_per_second)',
  errorRate: 'avg(error_rate)',
  criticalErrors: 'max(critical_errors)',
  hourlySpend: 'avg(hourly_spend)',
  budgetUtilization: 'avg(budget_utilization)',
};

/** The collections of the last 24 h: one for a service and a time, whichever gateway made it. */
export class PerformanceStore {
  constructor(private readonly database: Database) {}

  /**
   * Stores collections, and deletes what is older than 24 h. Returns those that were not there: of two gateways that
   * collected at the same time one is told nothing.
   */
  async write(
    collections: readonly PerformanceCollection[],
    nowMs: number,
  ): Promise<ApiPerformanceMetrics[]> {
    const [rows] = await Promise.all([
      this.database.query<{ serviceName: string; collectedAt: string }>(INSERT, [
        collections.map(({ metrics }) => metrics.serviceName),
        collections.map(({ metrics }) => metrics.collectedAt),
        collections.map(({ metrics }) => JSON.stringify(metrics)),
        collections.map(({ month }) => month?.key ?? null),
        collections.map(({ month }) => month?.spentMicroUsd ?? null),
      ]),
      this.database.query(
        'DELETE FROM performance_collections WHERE service_name = ANY($1) AND collected_at < $2',
        [SERVICE_NAMES, iso(nowMs - PERFORMANCE_KEPT_MS)],
      ),
    ]);
    const written = new Set(rows.map(({ serviceName, collectedAt }) => keyOf(serviceName, collectedAt)));
    return collections
      .map(({ metrics }) => metrics)
      .filter(({ serviceName, collectedAt }) => written.has(keyOf(serviceName, collectedAt)));
  }

  /** The newest of each of the services that has one. */
  async newest(services: readonly ServiceName[]): Promise<ApiPerformanceMetrics[]> {
    const rows = await this.database.query<{ metrics: ApiPerformanceMetrics }>(
      `SELECT newest.metrics FROM unnest($1::text[]) WITH ORDINALITY AS service(name, place)
       CROSS JOIN LATERAL (SELECT metrics FROM performance_collections WHERE service_name = name
                           ORDER BY collected_at DESC LIMIT 1) AS newest
       ORDER BY place`,
      [services],
    );
    return rows.map(({ metrics }) => metrics);
  }

  /** What was collected of each service since then, oldest first. */
  async since(fromMs: number): Promise<Map<ServiceName, PastCollection[]>> {
    const rows = await this.database.query<PastRow>(
      `SELECT service_name AS "serviceName", collected_at AS "collectedAt", p95, month_key AS "monthKey",
              month_spent_micro_usd AS "monthSpentMicroUsd"
       FROM performance_collections WHERE service_name = ANY($1) AND collected_at >= $2
       ORDER BY service_name, collected_at`,
      [SERVICE_NAMES, iso(fromMs)],
    );
    const past = new Map<ServiceName, PastCollection[]>();
    for (const { serviceName, collectedAt, p95, monthKey, monthSpentMicroUsd } of rows) {
      const month =
        monthKey === null || monthSpentMicroUsd === null
          ? null
          : { key: monthKey, spentMicroUsd: monthSpentMicroUsd };
      const collections = past.get(serviceName) ?? [];
      collections.push({ collectedAtMs: Date.parse(collectedAt), p95, month });
      past.set(serviceName, collections);
    }
    return past;
  }

  /** A series for each service and metric, its points `stepMs` apart from `fromMs` to before `toMs`; null where nothing is. */
  async series({ services, metrics, fromMs, toMs, stepMs }: SeriesRange): Promise<PerformanceSeries[]> {
    const points = Math.ceil((toMs - fromMs) / stepMs);
    const series = services.flatMap((serviceName) =>
      metrics.map((metric) => ({ serviceName, metric, points: Array<number | null>(points).fill(null) })),
    );
    const columns = metrics.map((metric) => `${POINT[metric]} AS "${metric}"`).join(', ');
    const rows = await this.database.query<StepRow>(
      `SELECT service_name AS "serviceName",
              floor(extract(epoch FROM collected_at - $2::timestamptz) * 1000 / $4)::int AS step, ${columns}
       FROM performance_collections
       WHERE service_name = ANY($1) AND collected_at >= $2 AND collected_at < $3
       GROUP BY 1, 2`,
      [services, iso(fromMs), iso(toMs), stepMs],
    );
    for (const row of rows) {
      for (const { serviceName, metric, points } of series) {
        if (serviceName === row.serviceName) points[row.step] = rounded(row[metric]);
      }
    }
    return series;
  }
}

type StepRow = { serviceName: ServiceName; step: number } & Record<PerformanceMetric, number | null>;

interface PastRow {
  serviceName: ServiceName;
  collectedAt: string;
  p95: number | null;
  monthKey: string | null;
  monthSpentMicroUsd: MicroUsd | null;
}

const INSERT = `
  INSERT INTO performance_collections (service_name, collected_at, metrics, month_key, month_spent_micro_usd)
  SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::jsonb[], $4::text[], $5::bigint[])
  ON CONFLICT DO NOTHING
  RETURNING service_name AS "serviceName", collected_at AS "collectedAt"`;

function keyOf(serviceName: string, collectedAt: string): string {
  return `${serviceName} ${Date.parse(collectedAt)}`;
}

/** A mean's further digits are noise. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1e6) / 1e6;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
