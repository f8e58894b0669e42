import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SERVICE_NAMES, type ApiPerformanceMetrics, type ServiceName } from '@signalbox/contracts';
import { withDatabase } from '../testing/with-database.js';
import { PERFORMANCE_KEPT_MS, PerformanceStore, type PerformanceCollection } from './performance-store.js';

const NOON_MS = Date.UTC(2026, 0, 15, 12);
const QUARTER_MS = 15_000;

interface Measured {
  average?: number | null;
  p95?: number | null;
  requestsPerSecond?: number | null;
  criticalErrors?: number | null;
  budgetUtilization?: number | null;
  month?: PerformanceCollection['month'];
}

function collection(serviceName: ServiceName, atMs: number, measured: Measured = {}): PerformanceCollection {
  const { average = 100, p95 = 200, requestsPerSecond = 1, criticalErrors = 0 } = measured;
  const { budgetUtilization = 0.5, month = null } = measured;
  const metrics: ApiPerformanceMetrics = {
    serviceName,
    collectedAt: new Date(atMs).toISOString(),
    responseTime: { average, p95, p99: 300, trend: null },
    throughput: { requestsPerSecond, utilizationPercentage: null },
    errorRates: { overall: 0.01, byType: { timeout: 0.01 }, criticalErrors },
    costMetrics: { hourlySpend: 1.5, budgetUtilization, projectedCost: null },
    optimization: { cacheHitRatio: null, batchingOpportunities: 0, recommendedActions: ['Ask less'] },
    coordination: { databaseOptimizations: 0, performanceRecommendations: 0, innovationOpportunities: 0 },
  };
  return { metrics, month };
}

describe('performance store', () => {
  const test = withDatabase();
  const store = () => new PerformanceStore(test.database);
  const seriesOf = async (
    service: ServiceName,
    metric: 'average' | 'p95' | 'criticalErrors' | 'requestsPerSecond' | 'budgetUtilization',
    range: { fromMs: number; toMs: number; stepMs: number },
  ) => {
    const [series] = await store().series({ services: [service], metrics: [metric], ...range });
    return series?.points;
  };

  it('keeps one collection of a service and a time, and says which ones it took', async () => {
    const [first, second] = [collection('maps', NOON_MS), collection('twilio', NOON_MS)];
    assert.deepEqual(await store().write([first], NOON_MS), [first.metrics]);
    const again = collection('maps', NOON_MS, { average: 999 });
    assert.deepEqual(await store().write([again, second], NOON_MS), [second.metrics]);
    assert.deepEqual(await store().newest(['maps', 'stripe', 'twilio']), [first.metrics, second.metrics]);
  });

  it('makes points of steps: means, but the largest percentile and count of errors, and null of nothing', async () => {
    const at = (n: number) => NOON_MS + 600_000 + n * QUARTER_MS;
    await store().write(
      [
        collection('stripe', at(0), { average: 100, p95: 200, criticalErrors: 0, budgetUtilization: 0.1 }),
        collection('stripe', at(1), { average: 200, p95: 900, criticalErrors: 3, budgetUtilization: 0.2 }),
        // The collections 2 and 3 were missed.
        collection('stripe', at(4), { average: null, p95: null, criticalErrors: 1, budgetUtilization: 0.4 }),
        collection('stripe', at(5), { average: 50, p95: 60, criticalErrors: 0, budgetUtilization: 0.6 }),
      ],
      NOON_MS + 700_000,
    );
    const halfMinutes = { fromMs: at(0), toMs: at(6), stepMs: 2 * QUARTER_MS };
    assert.deepEqual(await seriesOf('stripe', 'average', halfMinutes), [150, null, 50]);
    assert.deepEqual(await seriesOf('stripe', 'p95', halfMinutes), [900, null, 60]);
    assert.deepEqual(await seriesOf('stripe', 'criticalErrors', halfMinutes), [3, null, 1]);
    assert.deepEqual(await seriesOf('stripe', 'budgetUtilization', halfMinutes), [0.15, null, 0.5]);
  });

  it('puts each collection of every quarter minute into a point of its own, wherever the range begins', async () => {
    const at = (n: number) => NOON_MS + 1_200_000 + n * QUARTER_MS;
    const collections = [0, 1, 2, 3].map((n) => collection('sendgrid', at(n), { requestsPerSecond: n }));
    await store().write(collections, NOON_MS + 1_300_000);
    for (const offsetMs of [0, 1, 7_000, 14_999]) {
      const range = { fromMs: at(0) - offsetMs, toMs: at(4) - offsetMs, stepMs: QUARTER_MS };
      assert.deepEqual(await seriesOf('sendgrid', 'requestsPerSecond', range), [0, 1, 2, 3], `${offsetMs}`);
    }
  });

  it('ends a range before `to` and begins it with `from`', async () => {
    const atMs = NOON_MS + 1_800_000;
    await store().write([collection('airtable', atMs)], atMs);
    const step = { stepMs: QUARTER_MS };
    const from = { fromMs: atMs, toMs: atMs + QUARTER_MS, ...step };
    assert.deepEqual(await seriesOf('airtable', 'average', from), [100]);
    const before = { fromMs: atMs - QUARTER_MS, toMs: atMs, ...step };
    assert.deepEqual(await seriesOf('airtable', 'average', before), [null]);
  });

  it('tells what was collected since a time with what the month had cost', async () => {
    const month = { key: '2026-01', spentMicroUsd: 12_345_678 };
    const atMs = NOON_MS + 3_600_000;
    await store().write([collection('maps', atMs, { p95: 70, month })], atMs);
    assert.deepEqual((await store().since(atMs)).get('maps'), [{ collectedAtMs: atMs, p95: 70, month }]);
  });

  it('deletes with each write what is older than a day, and keeps a full day of every service', async () => {
    const dayAfterMs = NOON_MS + 4 * PERFORMANCE_KEPT_MS;
    const times = [dayAfterMs - PERFORMANCE_KEPT_MS - 1, dayAfterMs - PERFORMANCE_KEPT_MS, dayAfterMs];
    const collections = times.flatMap((atMs) => SERVICE_NAMES.map((name) => collection(name, atMs)));
    await store().write(collections.slice(0, 12), times[1]!);
    await store().write(collections.slice(12), dayAfterMs);
    const [{ rows, oldest }] = await test.database
      .query<{ rows: number; oldest: string }>(
        'SELECT count(*) AS rows, min(collected_at) AS oldest FROM performance_collections',
      )
      .then(([found]) => [found!] as const);
    assert.equal(rows, 2 * SERVICE_NAMES.length);
    assert.equal(Date.parse(oldest), times[1]);
  });

  it('rejects as unavailable while PostgreSQL is away, and goes on after it', async () => {
    const atMs = NOON_MS + 10 * PERFORMANCE_KEPT_MS;
    await test.servers.kill('postgres');
    await assert.rejects(store().write([collection('maps', atMs)], atMs), { code: 'DEPENDENCY_UNAVAILABLE' });
    await test.servers.restart('postgres');
    assert.equal((await store().write([collection('maps', atMs)], atMs)).length, 1);
  });
});
