import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Alerting, ApiPerformanceMetrics } from '@signalbox/contracts';
import type { Raise } from './lifecycle.js';
import { countAgainst, type Counts } from './threshold-rule.js';

const START = Date.parse('2026-11-21T02:40:00.000Z');
const OFF: Alerting = {
  ...{ errorRate: null, p95Ms: null, p99Ms: null, budgetUtilization: null, criticalErrors: null },
  ...{ forCollections: 3, escalateAfterMinutes: 15 },
};

function metrics(atMs: number, p95: number | null, critical = 0): ApiPerformanceMetrics {
  return {
    serviceName: 'stripe',
    collectedAt: new Date(atMs).toISOString(),
    responseTime: { average: null, p95, p99: null, trend: null },
    throughput: { requestsPerSecond: 12.34, utilizationPercentage: null },
    errorRates: { overall: null, byType: {}, criticalErrors: critical },
    costMetrics: { hourlySpend: null, budgetUtilization: null, projectedCost: null },
    optimization: { cacheHitRatio: null, batchingOpportunities: null, recommendedActions: [] },
    coordination: { databaseOptimizations: 0, performanceRecommendations: 0, innovationOpportunities: 0 },
  };
}

/** What comes of p95 figures that are collected every 15 s (or as given), e.g. `--R` for a raise at the third. */
function outcome(
  figures: readonly (number | null)[],
  { alerting = { ...OFF, p95Ms: 1_000 }, everyMs = 15_000 } = {},
): string {
  let counts: Counts = {};
  let lastAt: string | null = null;
  return figures
    .map((p95, index) => {
      const collected = metrics(START + index * everyMs, p95);
      const result = countAgainst(alerting, counts, lastAt, collected);
      counts = result.counts;
      lastAt = collected.collectedAt;
      assert.ok(result.signals.length <= 1);
      const [signal] = result.signals;
      return signal === undefined ? '-' : signal.does === 'raise' ? 'R' : 'E';
    })
    .join('');
}

describe('a threshold', () => {
  it('is raised when it was reached so many times in a row, at the bound already', () => {
    assert.equal(outcome([1_000, 1_200, 5_000]), '--R');
    assert.equal(outcome([1_000, 1_200, 999, 1_200, 1_200]), '-----');
    assert.equal(outcome([1_000, 1_200, 999, 1_200, 1_200, 1_200]), '-----R');
  });

  it('is over when it was clearly not reached as many times in a row: below 9/10 of it', () => {
    // 1,000 × 0.9 = 900: 899 counts toward the end, 900 breaks its row.
    assert.equal(outcome([1_000, 1_000, 1_000, 899, 899, 899]), '--R--E');
    assert.equal(outcome([1_000, 1_000, 1_000, 899, 899, 900, 899, 899, 899]), '--R-----E');
    assert.equal(outcome([1_000, 1_000, 1_000, 950, 950, 950, 950]), '--R----');
  });

  it('is said to be over once', () => {
    assert.equal(outcome([100, 100, 100, 100, 100, 100]), '--E---');
  });

  it('takes what was not measured for neither, and its row goes on', () => {
    assert.equal(outcome([1_000, null, 1_000, null, null, 1_000]), '-----R');
    assert.equal(outcome([null, null, null, null]), '----');
    assert.equal(outcome([1_000, 1_000, 1_000, 100, null, 100, 100]), '--R---E');
    assert.equal(outcome([1_000, 1_000, 1_000, null, null, null]), '--R---');
  });

  it('tells what lasts again after twenty more collections', () => {
    const raisedAt = [...outcome(Array.from({ length: 44 }, () => 2_000))].flatMap((one, index) =>
      one === 'R' ? [index + 1] : [],
    );
    assert.deepEqual(raisedAt, [3, 23, 43]);
  });

  it('begins another row after four intervals without a collection', () => {
    assert.equal(outcome([1_000, 1_000, 1_000], { everyMs: 60_000 }), '--R');
    assert.equal(outcome([1_000, 1_000, 1_000, 1_000], { everyMs: 60_001 }), '----');
  });

  it('is raised at once where one collection is enough', () => {
    const alerting = { ...OFF, p95Ms: 1_000, forCollections: 1 };
    assert.equal(outcome([999, 1_000, 999, 899], { alerting }), '-R-E');
  });

  it('counts anew when it was changed, and is over when it was switched off', () => {
    const at = (index: number) => metrics(START + index * 15_000, 1_500);
    const strict = { ...OFF, p95Ms: 1_000 };
    const first = countAgainst(strict, {}, null, at(0));
    const second = countAgainst(strict, first.counts, at(0).collectedAt, at(1));
    const lax = countAgainst({ ...OFF, p95Ms: 1_400 }, second.counts, at(1).collectedAt, at(2));
    assert.deepEqual(lax, { counts: { p95Ms: { threshold: 1_400, over: 1, under: 0 } }, signals: [] });
    const off = countAgainst(OFF, lax.counts, at(2).collectedAt, at(3));
    assert.deepEqual(off.counts, {});
    assert.deepEqual(
      off.signals.map(({ does, key }) => [does, key]),
      [['end', 'threshold:stripe:p95Ms']],
    );
    assert.deepEqual(countAgainst(OFF, off.counts, at(3).collectedAt, at(4)).signals, []);
  });

  it('says what was measured, against what, and how often', () => {
    const alerting = { ...OFF, criticalErrors: 2, forCollections: 1 };
    const { signals } = countAgainst(alerting, {}, null, metrics(START, null, 7));
    const [signal] = signals as Raise[];
    assert.equal(signal?.severity, 'critical');
    assert.equal(
      signal?.message({ times: 1, amount: 1, since: '' }),
      'The number of critical errors in 15 s of stripe is 7; the threshold is 2, reached in 1 collection in a row, ' +
        'at 12.3 calls a second.',
    );
    assert.match(signal?.advice ?? '', /GET \/external-services\/stripe\/health/);
  });
});
