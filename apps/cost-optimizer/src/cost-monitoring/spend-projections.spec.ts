import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { LedgerState } from '@signalbox/budgets';
import type { ServiceName } from '@signalbox/contracts';
import type { LedgerHours, SpendHour } from '@signalbox/persistence';
import type { SpendForecast } from '@signalbox/statistics';
import { ManualClock } from '@signalbox/testkit';
import type { LiveRules } from '../rules/live-rules.js';
import type { SpendForecaster, SpendForecastRequest } from './spend-forecaster.js';
import { SpendProjections } from './spend-projections.js';

const HOUR_MS = 3_600_000;
/** Twelve o'clock, half past, UTC. */
const NOW_MS = Date.UTC(2026, 0, 15, 12, 30);

describe('SpendProjections', () => {
  const spentAt = (hour: number, spentMicroUsd: number): SpendHour => ({
    hourStartMs: Date.UTC(2026, 0, 15, hour),
    spentMicroUsd,
    calls: 1,
  });
  const state = (serviceName: ServiceName, spentMicroUsd: number) =>
    ({ serviceName, budget: { day: { spentMicroUsd }, month: { spentMicroUsd } } }) as unknown as LedgerState;

  function projections(history: Partial<Record<ServiceName, SpendHour[]>>, zones: string[] = []) {
    const clock = new ManualClock(NOW_MS);
    const asked: SpendForecastRequest[] = [];
    const reads: ServiceName[] = [];
    const hours = {
      spendByHour: (service: ServiceName) => {
        reads.push(service);
        const known = history[service];
        return known === undefined ? Promise.reject(new Error('away')) : Promise.resolve(known);
      },
    } as unknown as LedgerHours;
    const zoneOf = (service: ServiceName) => (service === 'maps' ? zones[0] : undefined) ?? 'UTC';
    const rules = { of: (service: ServiceName) => ({ budget: { timeZone: zoneOf(service) } }) } as LiveRules;
    const forecaster: SpendForecaster = {
      forecast: (request) => {
        asked.push(request);
        if (request.hourly.length < 3) return { unavailable: 'too-little-history' };
        const forecast: SpendForecast = {
          ...{ pointMicroUsd: 2_500_000, spentMicroUsd: request.spentMicroUsd, basedOnHours: 3 },
          ...{
            interval80: { lower: 2e6, upper: 3e6 },
            interval95: { lower: 1e6, upper: 4e6 },
            method: 'run-rate',
          },
        };
        return forecast;
      },
    };
    const of = (given: SpendForecaster | null) => new SpendProjections(hours, rules, clock, given);
    return { asked, reads, clock, with: of(forecaster), without: of(null) };
  }

  it('forecasts from whole hours since the first call, hours without calls as nothing', async () => {
    const { asked, with: subject } = projections({ stripe: [spentAt(9, 500), spentAt(11, 700)] });
    const { day, month } = await subject.of(state('stripe', 1_200));
    const hourly = [9, 10, 11].map((hour) => ({
      hourStartMs: Date.UTC(2026, 0, 15, hour),
      value: { 9: 500, 10: 0, 11: 700 }[hour],
    }));
    assert.deepEqual(
      asked.map((request) => request.hourly),
      [hourly, hourly],
    );
    assert.deepEqual(
      asked.map(({ periodStartMs, periodEndMs }) => (periodEndMs - periodStartMs) / HOUR_MS),
      [24, 31 * 24],
    );
    assert.deepEqual(day, month);
    assert.deepEqual(day, {
      projection: {
        ...{ expectedUsd: 2.5, spentUsd: 0.0012, method: 'run-rate', basedOnHours: 3 },
        interval80: { lowerUsd: 2, upperUsd: 3 },
        interval95: { lowerUsd: 1, upperUsd: 4 },
      },
      projectionUnavailable: null,
    });
  });

  it('sums services hour by hour for a total, where their days are the same', async () => {
    const history = { stripe: [spentAt(9, 500), spentAt(11, 700)], maps: [spentAt(10, 1), spentAt(11, 2)] };
    const { asked, with: subject } = projections(history);
    await subject.total([state('stripe', 1_200), state('maps', 3)]);
    assert.deepEqual(
      asked[0]?.hourly.map(({ value }) => value),
      [500, 1, 702],
    );
    assert.equal(asked[0]?.spentMicroUsd, 1_203);

    const elsewhere = projections(history, ['Asia/Tokyo']);
    const { month } = await elsewhere.with.total([state('stripe', 1_200), state('maps', 3)]);
    assert.deepEqual(month, { projection: null, projectionUnavailable: 'time-zones-differ' });
  });

  it('says why there is no projection', async () => {
    const { with: subject, without } = projections({ stripe: [spentAt(11, 1)] });
    assert.equal((await subject.of(state('stripe', 1))).day.projectionUnavailable, 'too-little-history');
    assert.equal((await subject.of(state('maps', 1))).day.projectionUnavailable, 'history-cannot-be-read');
    assert.equal((await without.of(state('stripe', 1))).day.projectionUnavailable, 'no-forecaster');
  });

  it('reads and forecasts once a minute, however often it is asked', async () => {
    const { asked, reads, clock, with: subject } = projections({ stripe: [spentAt(9, 1)] });
    for (let asking = 0; asking < 5; asking++) await subject.of(state('stripe', 1));
    assert.deepEqual([asked.length, reads.length], [2, 1]);
    clock.advance(60_000);
    await subject.of(state('stripe', 1));
    await setImmediate();
    assert.deepEqual([asked.length, reads.length], [4, 2]);
  });

  it('answers with the last projection while it makes the next, and not with one that is long past', async () => {
    const history = { stripe: [spentAt(9, 500), spentAt(10, 500), spentAt(11, 500)] };
    const { asked, clock, with: subject } = projections(history);
    const spentUsdAt = async (spentMicroUsd: number) =>
      (await subject.of(state('stripe', spentMicroUsd))).day.projection?.spentUsd;
    assert.equal(await spentUsdAt(1_000_000), 1);
    clock.advance(60_000);
    assert.equal(await spentUsdAt(2_000_000), 1);
    await setImmediate();
    assert.equal(await spentUsdAt(3_000_000), 2);
    assert.equal(asked.length, 4);
    clock.advance(600_000);
    assert.equal(await spentUsdAt(4_000_000), 4);
  });
});
