import {
  toMicroUsd,
  type ApiPerformanceMetrics,
  type BatchingFigures,
  type Recommendation,
  type RecommendationKind,
  type ServiceCosts,
  type ServiceName,
  type ServiceRouting,
} from '@signalbox/contracts';
import type { PastCollection, PerformanceCollection } from '@signalbox/persistence';
import { hourlySpend } from './hourly-spend.js';
import { p95Trend } from './p95-trend.js';

/** What the apps say of one service now; null where one did not answer. */
export interface Told {
  routing: ServiceRouting | null;
  costs: ServiceCosts | null;
  /** Those of the service that are open, the largest saving first. */
  recommendations: readonly Recommendation[] | null;
  batching: BatchingFigures | null;
  coordination: ApiPerformanceMetrics['coordination'];
}

const MOST_ACTIONS = 10;
const ABOUT_BATCHING: readonly RecommendationKind[] = ['batching_window', 'deduplication'];

/** A service's collection at a time, made of what is told now and of what was collected in the hour before. */
export function performanceOf(
  serviceName: ServiceName,
  told: Told,
  past: readonly PastCollection[],
  atMs: number,
): PerformanceCollection {
  const { routing, costs, recommendations, batching, coordination } = told;
  const p95 = rounded(routing?.traffic.latencyMs.p95);
  const month =
    costs === null ? null : { key: costs.month.periodKey, spentMicroUsd: toMicroUsd(costs.month.spentUsd) };
  const earlier = past.map(({ collectedAtMs, ...collection }) => ({ atMs: collectedAtMs, ...collection }));
  return {
    month,
    metrics: {
      serviceName,
      collectedAt: new Date(atMs).toISOString(),
      responseTime: {
        average: rounded(routing?.traffic.latencyMs.mean),
        p95,
        p99: rounded(routing?.traffic.latencyMs.p99),
        trend: p95Trend([...earlier, { atMs, p95 }], atMs),
      },
      throughput: {
        requestsPerSecond: rounded(routing?.traffic.requestsPerSecond),
        utilizationPercentage: rounded(percent(routing?.traffic.utilization)),
      },
      errorRates: {
        overall: rounded(routing?.errorRate),
        byType: routing === null ? null : failuresByType(routing),
        criticalErrors: routing?.traffic.criticalErrors ?? null,
      },
      costMetrics: {
        hourlySpend: hourlySpend(earlier, { atMs, month }),
        budgetUtilization: rounded(costs?.day.utilization),
        projectedCost: costs?.day.projection?.expectedUsd ?? null,
      },
      optimization: {
        cacheHitRatio: batching === null ? null : ratio(batching.duplicatesRemoved, batching.requestsIn),
        batchingOpportunities:
          recommendations?.filter(({ kind }) => ABOUT_BATCHING.includes(kind)).length ?? null,
        recommendedActions: recommendations?.slice(0, MOST_ACTIONS).map(({ title }) => title) ?? null,
      },
      coordination,
    },
  };
}

function failuresByType({ nodes }: ServiceRouting): Record<string, number> {
  const counts: Record<string, number> = {};
  let total = 0;
  for (const { outcomes } of nodes) {
    for (const [outcome, count] of Object.entries(outcomes)) {
      total += count;
      if (outcome !== 'success' && count > 0) counts[outcome] = (counts[outcome] ?? 0) + count;
    }
  }
  return Object.fromEntries(
    Object.entries(counts).map(([outcome, count]) => [outcome, rounded(count / total) ?? 0]),
  );
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : rounded(part / whole);
}

function percent(share: number | null | undefined): number | null {
  return share === null || share === undefined ? null : 100 * share;
}

/** What is measured here carries no more digits. */
function rounded(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Math.round(value * 1e4) / 1e4;
}
