import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  toMicroUsd,
  type BatchingFigures,
  type Recommendation,
  type RecommendationKind,
  type ServiceCosts,
  type ServiceRouting,
} from '@signalbox/contracts';
import { performanceOf, type Told } from './performance-of.js';

const NOON_MS = Date.UTC(2026, 0, 15, 12);

const outcomes = { success: 0, timeout: 0, connection_error: 0, server_error: 0, rate_limited: 0 };
const routing = {
  errorRate: 0.16,
  traffic: {
    requestsPerSecond: 6.666666,
    utilization: 0.4321,
    latencyMs: { mean: 120.00004, p95: 300, p99: 500 },
    criticalErrors: 2,
  },
  nodes: [
    { outcomes: { ...outcomes, success: 60, timeout: 10 } },
    { outcomes: { ...outcomes, success: 24, timeout: 4, server_error: 2 } },
  ],
} as unknown as ServiceRouting;
const costs = {
  day: { utilization: 0.75, projection: { expectedUsd: 42.5 } },
  month: { periodKey: '2026-01', spentUsd: 12 },
} as ServiceCosts;
const recommendation = (kind: RecommendationKind, n: number) =>
  ({ kind, title: `Advice ${n}` }) as Recommendation;
const coordination = { databaseOptimizations: 1, performanceRecommendations: 2, innovationOpportunities: 3 };
const NOTHING: Told = { routing: null, costs: null, recommendations: null, batching: null, coordination };

describe('a collection', () => {
  it('puts together what each app knows', () => {
    const batching = { requestsIn: 200, duplicatesRemoved: 30 } as BatchingFigures;
    const recommendations = [recommendation('deduplication', 1), recommendation('weights', 2)];
    const past = [
      {
        collectedAtMs: NOON_MS - 1_800_000,
        p95: 280,
        month: { key: '2026-01', spentMicroUsd: toMicroUsd(11) },
      },
    ];
    const told = { routing, costs, recommendations, batching, coordination };
    assert.deepEqual(performanceOf('maps', told, past, NOON_MS), {
      month: { key: '2026-01', spentMicroUsd: 12_000_000 },
      metrics: {
        serviceName: 'maps',
        collectedAt: '2026-01-15T12:00:00.000Z',
        responseTime: { average: 120, p95: 300, p99: 500, trend: null },
        throughput: { requestsPerSecond: 6.6667, utilizationPercentage: 43.21 },
        // Of 100 outcomes 14 timeouts and 2 server errors.
        errorRates: { overall: 0.16, byType: { timeout: 0.14, server_error: 0.02 }, criticalErrors: 2 },
        // A dollar in half an hour.
        costMetrics: { hourlySpend: 2, budgetUtilization: 0.75, projectedCost: 42.5 },
        optimization: {
          cacheHitRatio: 0.15,
          batchingOpportunities: 1,
          recommendedActions: ['Advice 1', 'Advice 2'],
        },
        coordination,
      },
    });
  });

  it('is null in what the app that knows it did not say, and makes nothing up', () => {
    const { metrics, month } = performanceOf('maps', NOTHING, [], NOON_MS);
    assert.equal(month, null);
    assert.deepEqual(metrics.responseTime, { average: null, p95: null, p99: null, trend: null });
    assert.deepEqual(metrics.throughput, { requestsPerSecond: null, utilizationPercentage: null });
    assert.deepEqual(metrics.errorRates, { overall: null, byType: null, criticalErrors: null });
    assert.deepEqual(metrics.costMetrics, {
      hourlySpend: null,
      budgetUtilization: null,
      projectedCost: null,
    });
    assert.deepEqual(metrics.optimization, {
      cacheHitRatio: null,
      batchingOpportunities: null,
      recommendedActions: null,
    });
  });

  it('has no cache hits to tell of where nothing was batched, and at most ten titles', () => {
    const recommendations = Array.from({ length: 30 }, (_, n) => recommendation('batching_window', n));
    const batching = { requestsIn: 0, duplicatesRemoved: 0 } as BatchingFigures;
    const { optimization } = performanceOf(
      'maps',
      { ...NOTHING, batching, recommendations },
      [],
      NOON_MS,
    ).metrics;
    assert.equal(optimization.cacheHitRatio, null);
    assert.equal(optimization.batchingOpportunities, 30);
    assert.equal(optimization.recommendedActions?.length, 10);
  });

  it('tells the trend with the collection that is being made', () => {
    const past = [
      ...Array.from({ length: 20 }, (_, n) => ({
        collectedAtMs: NOON_MS - 400_000 - n * 15_000,
        p95: 100,
        month: null,
      })),
      ...Array.from({ length: 4 }, (_, n) => ({
        collectedAtMs: NOON_MS - 60_000 + n * 15_000,
        p95: 300,
        month: null,
      })),
    ];
    const trend = (told: Told) => performanceOf('maps', told, past, NOON_MS).metrics.responseTime.trend;
    assert.equal(trend({ ...NOTHING, routing }), 'degrading');
    // Four recent ones are too few.
    assert.equal(trend(NOTHING), null);
  });
});
