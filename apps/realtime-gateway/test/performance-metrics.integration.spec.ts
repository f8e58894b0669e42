import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ApiPerformanceMetrics } from '@signalbox/contracts';
import { Database, PerformanceStore, type PerformanceCollection } from '@signalbox/persistence';
import { ManualClock, withServers } from '@signalbox/testkit';
import type { GatewaySettings } from '../src/config.js';
import { PerformanceMetrics } from '../src/metrics/performance-metrics.js';
import { metricsOf } from './support/metrics.js';

const QUARTER_MS = 15_000;
const DAY_MS = 86_400_000;

describe('collections', () => {
  let database: Database;
  after(() => database.close());
  const servers = withServers('postgres');
  const clock = new ManualClock(Date.UTC(2026, 0, 15, 12));
  before(async () => {
    database = new Database({ url: servers.databaseUrl, connectTimeoutMs: 30_000 });
    await database.migrate();
  });

  /** What one gateway of the fleet has of them, and what it was told. */
  function aGateway(): { metrics: PerformanceMetrics; told: ApiPerformanceMetrics[][] } {
    const settings = { metricsIntervalMs: QUARTER_MS } as GatewaySettings;
    const metrics = new PerformanceMetrics(new PerformanceStore(database), clock, settings);
    const told: ApiPerformanceMetrics[][] = [];
    metrics.onCollected((collected) => void told.push(collected));
    return { metrics, told };
  }
  function aRound(p95: number): PerformanceCollection[] {
    const collectedAt = new Date(clock.nowMs()).toISOString();
    return [{ metrics: metricsOf('maps', collectedAt, { p95 }), month: null }];
  }
  const p95Of = async ({ metrics }: { metrics: PerformanceMetrics }) =>
    (await metrics.latest('maps')).map(({ responseTime }) => responseTime.p95);

  it('are told once, by the gateway that was first, and known to all', async () => {
    const [first, second] = [aGateway(), aGateway()];
    await first.metrics.collected(aRound(100));
    await second.metrics.collected(aRound(200));
    assert.equal(first.told.length, 1);
    assert.deepEqual(second.told, []);
    assert.deepEqual([await p95Of(first), await p95Of(second)], [[100], [100]]);

    clock.advance(QUARTER_MS);
    await second.metrics.collected(aRound(300));
    assert.deepEqual([first.told.length, second.told.length], [1, 1]);
    assert.deepEqual([await p95Of(first), await p95Of(second)], [[300], [300]]);
  });

  it('are told to every listener, whatever another one throws', async () => {
    clock.advance(QUARTER_MS);
    const { metrics } = aGateway();
    const heard: string[] = [];
    metrics.onCollected(() => {
      throw new Error('thrown at once');
    });
    metrics.onCollected(() => Promise.reject(new Error('thrown later')));
    metrics.onCollected(([one]) => void heard.push(one!.serviceName));
    await metrics.collected(aRound(100));
    assert.deepEqual(heard, ['maps']);
  });

  it('are told without PostgreSQL, and written when it is back, each once', async () => {
    clock.advance(QUARTER_MS);
    const [gateway, other] = [aGateway(), aGateway()];
    await servers.kill('postgres');
    const fromMs = clock.nowMs();
    for (const p95 of [10, 20, 30]) {
      await gateway.metrics.collected(aRound(p95));
      assert.deepEqual(await p95Of(gateway), [p95]);
      clock.advance(QUARTER_MS);
    }
    assert.equal(gateway.told.length, 3);
    assert.deepEqual(await p95Of(other), []);
    await servers.restart('postgres');

    await gateway.metrics.collected(aRound(40));
    assert.deepEqual(
      gateway.told.map(([one]) => one?.responseTime.p95),
      [10, 20, 30, 40],
    );
    const { series } = await other.metrics.series({
      ...{ serviceName: 'maps', metric: 'p95', step: 15 },
      from: new Date(fromMs).toISOString(),
      to: new Date(clock.nowMs() + QUARTER_MS).toISOString(),
    });
    assert.deepEqual(series[0]?.points, [10, 20, 30, 40]);
  });

  it('are written when PostgreSQL is back also by a gateway that collects no more', async () => {
    clock.advance(QUARTER_MS);
    const [gateway, other] = [aGateway(), aGateway()];
    await servers.kill('postgres');
    const collectedMs = clock.nowMs();
    await gateway.metrics.collected(aRound(50));
    await gateway.metrics.writeWaiting();
    clock.advance(QUARTER_MS);
    await servers.restart('postgres');

    await gateway.metrics.writeWaiting();
    assert.equal(gateway.told.length, 1);
    assert.deepEqual(await p95Of(other), [50]);
    const { series } = await other.metrics.series({
      ...{ serviceName: 'maps', metric: 'p95', step: 15 },
      from: new Date(collectedMs).toISOString(),
      to: new Date(collectedMs + QUARTER_MS).toISOString(),
    });
    assert.deepEqual(series[0]?.points, [50]);
  });

  it('are not the newest any more after a day', async () => {
    const gateway = aGateway();
    assert.deepEqual(await p95Of(gateway), [50]);
    clock.advance(DAY_MS + 1);
    assert.deepEqual(await p95Of(gateway), []);
  });
});
