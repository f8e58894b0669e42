import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { sampleNormal, seededRandom } from '../random.js';
import { backtest, forecastLoad, forecastSpend, loadMstl, mstlWasmUrl, type HourlyValue } from './index.js';

const HOUR_MS = 3_600_000;
const MONDAY_MS = Date.UTC(2024, 0, 1);
const mstl = loadMstl(readFileSync(mstlWasmUrl()));
const zone = { timeZone: 'UTC', mstl };

const hourlyOf = (values: readonly (number | null)[]): HourlyValue[] =>
  values.map((value, hour) => ({ hourStartMs: MONDAY_MS + hour * HOUR_MS, value }));
const at = (hour: number): number => MONDAY_MS + hour * HOUR_MS;

/** A day's sine, weekends at 0.6, noise of a tenth: dollars' worth of micro-dollars an hour. */
function weekly(hours: number, seed: number): number[] {
  const rng = seededRandom(seed);
  return Array.from({ length: hours }, (_, hour) => {
    const weekend = Math.floor(hour / 24) % 7 >= 5 ? 0.6 : 1;
    const day = 1 + 0.6 * Math.sin((2 * Math.PI * (hour - 9)) / 24);
    return Math.round(1e6 * day * weekend * Math.exp(0.1 * sampleNormal(rng)));
  });
}
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('forecastSpend', () => {
  const spend = (values: readonly (number | null)[], hoursAhead: number, spentMicroUsd = 0) =>
    forecastSpend({
      ...zone,
      hourly: hourlyOf(values),
      spentMicroUsd,
      nowMs: at(values.length),
      periodEndMs: at(values.length + hoursAhead),
    });

  it('says why it has no number instead of inventing one', () => {
    assert.deepEqual(spend([1, 2, 3, 4, 5], 10), { unavailable: 'too-little-history' });
    assert.deepEqual(spend(weekly(48, 1), 0), { unavailable: 'period-ended' });
    assert.deepEqual(spend(weekly(48, 1), 63 * 24), { unavailable: 'horizon-too-long' });
    assert.deepEqual(spend([...weekly(48, 1), ...Array<null>(24).fill(null)], 5), {
      unavailable: 'history-is-stale',
    });
  });

  it('continues a steady rate exactly: 3 h to go at 100 make what is spent + 300', () => {
    const forecast = spend(Array<number>(24).fill(100), 3, 700);
    assert.deepEqual(forecast, {
      pointMicroUsd: 1_000,
      interval80: { lower: 1_000, upper: 1_000 },
      interval95: { lower: 1_000, upper: 1_000 },
      spentMicroUsd: 700,
      method: 'run-rate',
      basedOnHours: 24,
    });
  });

  it('counts of the hour under way only what is left of it', () => {
    const forecast = forecastSpend({
      ...zone,
      hourly: hourlyOf(Array<number>(24).fill(100)),
      spentMicroUsd: 0,
      // 45 minutes of this hour and 30 of the next: 75 + 50.
      nowMs: at(24) + HOUR_MS / 4,
      periodEndMs: at(25) + HOUR_MS / 2,
    });
    assert.ok('pointMicroUsd' in forecast && forecast.pointMicroUsd === 125);
  });

  it('lays the run rate over the hour-of-day profile: nights at 10, days at 30', () => {
    const days = Array.from({ length: 72 }, (_, hour) => (hour % 24 < 12 ? 10 : 30));
    const forecast = spend(days, 18);
    // 12 hours at 10 and 6 at 30.
    assert.ok('pointMicroUsd' in forecast && forecast.pointMicroUsd === 300);
    assert.equal(forecast.method, 'hour-of-day');
  });

  it('follows the clocks of the zone', () => {
    // New York's noon is 17:00 UTC in January; spend at its noon only.
    const values = Array.from({ length: 96 }, (_, hour) => (hour % 24 === 17 ? 240 : 0));
    const forecast = forecastSpend({
      mstl,
      timeZone: 'America/New_York',
      hourly: hourlyOf(values),
      spentMicroUsd: 0,
      nowMs: at(96 + 17) - 17 * HOUR_MS,
      periodEndMs: at(96 + 18),
    });
    assert.ok('pointMicroUsd' in forecast && forecast.pointMicroUsd === 240);
  });

  it('widens what it knows less of: hours of the day it never saw', () => {
    const width = (values: readonly number[]): number => {
      const forecast = spend(values, 12);
      assert.ok('interval80' in forecast);
      return (forecast.interval80.upper - forecast.interval80.lower) / forecast.pointMicroUsd;
    };
    const half = Array.from({ length: 12 }, (_, hour) => 100 + (hour % 2));
    assert.ok(width(half) > 1, 'half a day tells little of the other half');
    assert.ok(width([...half, ...half]) < 0.1);
  });

  it('never goes below what is spent, and keeps to whole micro-dollars', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.integer({ min: 0, max: 1e9 }), { nil: null, freq: 10 }), {
          minLength: 1,
          maxLength: 120,
        }),
        fc.integer({ min: 1, max: 800 }),
        fc.integer({ min: 0, max: 1e12 }),
        (values, ahead, spent) => {
          const forecast = spend(values, ahead, spent);
          if ('unavailable' in forecast) return;
          const { pointMicroUsd, interval80, interval95 } = forecast;
          const bounds = [interval80.lower, interval80.upper, interval95.lower, interval95.upper];
          for (const bound of [pointMicroUsd, ...bounds]) {
            assert.ok(Number.isInteger(bound) && bound >= spent, `${bound}`);
          }
          assert.ok(interval95.lower <= interval80.lower && interval80.lower <= pointMicroUsd);
          assert.ok(pointMicroUsd <= interval80.upper && interval80.upper <= interval95.upper);
        },
      ),
      { numRuns: 200, seed: 3 },
    );
  });

  it('knows only hours that are over: what is said of later ones changes nothing', () => {
    const past = weekly(400, 5);
    const known = { ...zone, spentMicroUsd: 0, nowMs: at(400), periodEndMs: at(500) };
    assert.deepEqual(
      forecastSpend({ ...known, hourly: hourlyOf([...past, 9e9, 9e9]) }),
      forecastSpend({ ...known, hourly: hourlyOf(past) }),
    );
  });

  it('finds the month’s rest within 3 % of a known profile by MSTL, holes or not', () => {
    const values = weekly(672 + 240, 6);
    const actual = sum(values.slice(672));
    const holed = values.slice(0, 672).map((value, hour) => (hour % 17 === 0 ? null : value));
    for (const history of [values.slice(0, 672), holed]) {
      const forecast = spend(history, 240);
      assert.ok('method' in forecast && forecast.method === 'mstl');
      assert.ok(
        Math.abs(forecast.pointMicroUsd / actual - 1) < 0.03,
        `${forecast.pointMicroUsd} of ${actual}`,
      );
    }
  });

  it('holds its intervals on seeded series of a known profile', () => {
    let within80 = 0;
    let within95 = 0;
    for (let seed = 0; seed < 40; seed++) {
      const history = 504 + seed * 5;
      const values = weekly(history + 72, 100 + seed);
      const forecast = spend(values.slice(0, history), 72);
      assert.ok('interval80' in forecast);
      const actual = sum(values.slice(history));
      if (actual >= forecast.interval80.lower && actual <= forecast.interval80.upper) within80++;
      if (actual >= forecast.interval95.lower && actual <= forecast.interval95.upper) within95++;
    }
    // 32 and 38 of 40 are meant; a binomial is within 26 and 34 each 98 times of a hundred. Wider errs on the safe side.
    assert.ok(within80 >= 26 && within80 <= 39, `80 %: ${within80} of 40`);
    assert.ok(within95 >= 34, `95 %: ${within95} of 40`);
  });
});

describe('forecastLoad', () => {
  it('tells the whole hours after this one', () => {
    const values = Array.from({ length: 72 }, (_, hour) => (hour % 24 < 12 ? 10 : 30));
    const forecast = forecastLoad({ ...zone, hourly: hourlyOf(values), nowMs: at(72) + 1, hoursAhead: 12 });
    assert.ok('hours' in forecast);
    assert.deepEqual(
      forecast.hours.map(({ hourStartMs, point }) => [hourStartMs, point]),
      // 01:00 to 11:00 at 10, noon at 30.
      Array.from({ length: 12 }, (_, index) => [at(73 + index), index < 11 ? 10 : 30]),
    );
  });

  it('is never below 0, nor anything but a number', () => {
    const sparse = Array.from({ length: 400 }, (_, hour) => (hour % 50 === 0 ? 3 : 0));
    for (const values of [sparse, Array<number>(400).fill(0), weekly(400, 9)]) {
      const forecast = forecastLoad({ ...zone, hourly: hourlyOf(values), nowMs: at(400), hoursAhead: 30 });
      assert.ok('hours' in forecast);
      for (const { point, interval80, interval95 } of forecast.hours) {
        for (const value of [point, interval80.lower, interval80.upper, interval95.lower, interval95.upper]) {
          assert.ok(Number.isFinite(value) && value >= 0, `${value}`);
        }
      }
    }
  });
});

describe('backtest', () => {
  it('is without error on a series that repeats itself', () => {
    const values = Array.from({ length: 240 }, (_, hour) => (hour % 24 < 12 ? 10 : 30));
    const tested = backtest({
      ...zone,
      hourly: hourlyOf(values),
      nowMs: at(240),
      horizonHours: 24,
      of: 'hours',
      origins: 3,
    });
    assert.ok('wape' in tested);
    assert.deepEqual(
      { ...tested, wape: 0, mape: 0 },
      {
        origins: 3,
        horizonHours: 24,
        methods: { 'hour-of-day': 3 },
        compared: 72,
        mape: 0,
        wape: 0,
        // Yesterday is today: nothing to be better than.
        mase: null,
        coverage80: tested.coverage80,
        coverage95: tested.coverage95,
      },
    );
    assert.ok((tested.wape ?? 1) < 1e-9 && (tested.mape ?? 1) < 1e-9);
  });

  it('works its errors out as by hand', () => {
    // A day of 100 and then a day of 80 an hour: from the origin between them 24 × 100 are forecast.
    const values = [...Array<number>(24).fill(100), ...Array<number>(24).fill(80)];
    const total = {
      ...zone,
      hourly: hourlyOf(values),
      nowMs: at(48),
      horizonHours: 24,
      of: 'total',
      origins: 1,
    } as const;
    const tested = backtest(total);
    assert.ok('wape' in tested);
    // |1,920 − 2,400| / 1,920; yesterday's total is off by 480 as well, so 1 as good.
    assert.deepEqual(
      {
        mape: tested.mape,
        wape: tested.wape,
        mase: tested.mase,
        within: [tested.coverage80, tested.coverage95],
      },
      { mape: 0.25, wape: 0.25, mase: 1, within: [0, 0] },
    );
  });

  it('beats repeating last week on a noisy profile, and holds its intervals', () => {
    const tested = backtest({
      ...zone,
      hourly: hourlyOf(weekly(840, 11)),
      nowMs: at(840),
      horizonHours: 24,
      of: 'hours',
      origins: 6,
    });
    assert.ok('mase' in tested);
    assert.deepEqual(tested.methods, { mstl: 6 });
    assert.ok(tested.mase !== null && tested.mase < 1, `MASE ${tested.mase}`);
    assert.ok(tested.coverage80 > 0.65 && tested.coverage80 < 0.95, `80 %: ${tested.coverage80}`);
    assert.ok(tested.coverage95 > 0.85, `95 %: ${tested.coverage95}`);
  });

  it('has nothing to say where there was nothing to forecast from', () => {
    const short = {
      ...zone,
      hourly: hourlyOf(weekly(20, 1)),
      nowMs: at(20),
      horizonHours: 24,
      of: 'hours',
    } as const;
    assert.deepEqual(backtest(short), { unavailable: 'too-little-history' });
  });
});
