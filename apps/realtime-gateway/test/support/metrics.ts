import type { ApiPerformanceMetrics, ServiceName } from '@signalbox/contracts';

/** A collection in which nothing was measured but what is given. */
export function metricsOf(
  serviceName: ServiceName,
  collectedAt: string,
  { p95 = null }: { p95?: number | null } = {},
): ApiPerformanceMetrics {
  return {
    serviceName,
    collectedAt,
    responseTime: { average: null, p95, p99: null, trend: null },
    throughput: { requestsPerSecond: 1, utilizationPercentage: null },
    errorRates: { overall: null, byType: {}, criticalErrors: 0 },
    costMetrics: { hourlySpend: null, budgetUtilization: null, projectedCost: null },
    optimization: { cacheHitRatio: null, batchingOpportunities: null, recommendedActions: [] },
    coordination: { databaseOptimizations: 0, performanceRecommendations: 0, innovationOpportunities: 0 },
  };
}
