import { gridOf, HOUR_MS, hourOf } from './hourly-grid.js';
import { project } from './project.js';
import { intervalAround } from './projection.js';
import type { Backtest, ForecastMethod, History, Interval, Unavailable } from './types.js';

/** What to forecast again. */
export interface BacktestOptions extends History {
  readonly horizonHours: number;
  /** Each hour by itself, as `forecastLoad` does, or their total, as `forecastSpend` does. */
  readonly of: 'hours' | 'total';
  /** How many origins, a day apart, the last of them `horizonHours` before `nowMs`. 14 where not given. */
  readonly origins?: number;
}

interface Comparison {
  readonly actual: number;
  readonly point: number;
  readonly interval80: Interval;
  readonly interval95: Interval;
}

/**
 * Rolling-origin back-test (Tashman 2000): forecasts from earlier moments with what was known then, compared with
 * what came. Origins without enough history, and hours not measured, are left out. Costs a fit an origin.
 */
export function backtest(options: BacktestOptions): Backtest | Unavailable {
  const { horizonHours, of, nowMs } = options;
  const actuals = gridOf(options.hourly, nowMs);
  const methods: Partial<Record<ForecastMethod, number>> = {};
  const comparisons: Comparison[] = [];
  let origins = 0;
  let reason: Unavailable = { unavailable: 'too-little-history' };
  for (let back = 0; back < (options.origins ?? 14); back++) {
    const originMs = hourOf(nowMs) - (horizonHours + back * 24) * HOUR_MS;
    const first = (originMs - actuals.startMs) / HOUR_MS;
    if (first <= 0) break;
    const projection = project({ ...options, nowMs: originMs }, horizonHours);
    if ('unavailable' in projection) {
      reason = projection;
      continue;
    }
    const compare = (actual: number, point: number, deviation: number): Comparison => ({
      actual,
      point,
      interval80: intervalAround(point, deviation, projection.degrees, 0.8),
      interval95: intervalAround(point, deviation, projection.degrees, 0.95),
    });
    const came = actuals.values.slice(first, first + horizonHours);
    const known = came.filter((value) => value !== null);
    if (of === 'total' && known.length < horizonHours) continue;
    if (known.length === 0) continue;
    if (of === 'total') {
      const weights = projection.points.map(() => 1);
      comparisons.push(compare(sum(known), sum(projection.points), projection.deviationOfSum(weights)));
    } else {
      came.forEach((value, hour) => {
        if (value === null) return;
        comparisons.push(compare(value, projection.points[hour] ?? 0, projection.deviationAt(hour)));
      });
    }
    origins++;
    methods[projection.method] = (methods[projection.method] ?? 0) + 1;
  }
  if (origins === 0) return reason;
  const naive = seasonalDifference(actuals.values, of === 'total' ? horizonHours : 1);
  return { origins, horizonHours, methods, ...errorsOf(comparisons, naive) };
}

function errorsOf(
  comparisons: readonly Comparison[],
  naive: number | null,
): Pick<Backtest, 'compared' | 'mape' | 'wape' | 'mase' | 'coverage80' | 'coverage95'> {
  const error = ({ actual, point }: Comparison): number => Math.abs(actual - point);
  const nonZero = comparisons.filter(({ actual }) => actual !== 0);
  const errors = sum(comparisons.map(error));
  const shareWithin = (interval: 'interval80' | 'interval95'): number =>
    comparisons.filter((each) => each.actual >= each[interval].lower && each.actual <= each[interval].upper)
      .length / comparisons.length;
  return {
    compared: comparisons.length,
    mape:
      nonZero.length > 0
        ? sum(nonZero.map((each) => error(each) / Math.abs(each.actual))) / nonZero.length
        : null,
    wape: nonZero.length > 0 ? errors / sum(nonZero.map(({ actual }) => Math.abs(actual))) : null,
    mase: naive !== null && naive > 0 ? errors / comparisons.length / naive : null,
    coverage80: shareWithin('interval80'),
    coverage95: shareWithin('interval95'),
  };
}

/**
 * Mean |difference| of sums over `length` hours from those a season before: whole weeks where the history has two,
 * else days, and as many as make the sums not overlap.
 */
function seasonalDifference(values: readonly (number | null)[], length: number): number | null {
  const season = values.length >= 2 * 168 ? 168 : 24;
  const lag = Math.ceil(length / season) * season;
  const differences: number[] = [];
  for (let end = values.length; end - lag - length >= 0; end -= length) {
    const later = values.slice(end - length, end).filter((value) => value !== null);
    const earlier = values.slice(end - lag - length, end - lag).filter((value) => value !== null);
    if (later.length === length && earlier.length === length)
      differences.push(Math.abs(sum(later) - sum(earlier)));
  }
  return differences.length > 0 ? sum(differences) / differences.length : null;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
