import type { HourlyGrid } from './hourly-grid.js';
import type { ForecastMethod } from './types.js';
import type { Projection } from './projection.js';

const DAY_HOURS = 24;
const WEEK_HOURS = 168;

/**
 * The mean of the last 24 hours, and no profile: there is not yet one to know. What hours of the day bring that were
 * never measured is anybody's guess; they are taken to lie off the rate by half of it, all in the same direction.
 */
export function projectByRunRate(
  grid: HourlyGrid,
  hourAt: (index: number) => number,
  hours: number,
): Projection {
  const rate = mean(measured(grid.values.slice(-DAY_HOURS)));
  const known = projection('run-rate', grid, hours, () => rate, 1);
  const seen = new Set(grid.values.flatMap((value, index) => (value === null ? [] : [hourAt(index)])));
  const guess = (hour: number): number =>
    seen.has(hourAt(grid.values.length + hour)) ? 0 : UNSEEN_HOUR_DEVIATION * Math.abs(rate);
  return {
    ...known,
    deviationAt: (hour) => Math.hypot(known.deviationAt(hour), guess(hour)),
    deviationOfSum: (weights) =>
      Math.hypot(
        known.deviationOfSum(weights),
        weights.reduce((sum, weight, hour) => sum + weight * guess(hour), 0),
      ),
  };
}

/** A profile that swings between 0.3 and 1.7 of its mean, as a sine, deviates by as much. */
const UNSEEN_HOUR_DEVIATION = 0.5;

/**
 * The run rate of the last week × what share of it each hour of the day brings. Null before there are two days, or
 * where an hour of the day was not measured twice.
 */
export function projectByHourOfDay(
  grid: HourlyGrid,
  hourAt: (index: number) => number,
  hours: number,
): Projection | null {
  const byHour = Array.from({ length: DAY_HOURS }, (): number[] => []);
  grid.values.forEach((value, index) => {
    if (value !== null) byHour[hourAt(index)]?.push(value);
  });
  const least = Math.min(...byHour.map((values) => values.length));
  if (grid.measured < 2 * DAY_HOURS || least < 2) return null;
  const means = byHour.map(mean);
  const whole = mean(means);
  const shape = whole === 0 ? means.map(() => 1) : means.map((each) => each / whole);
  const first = Math.max(0, grid.values.length - WEEK_HOURS);
  let spent = 0;
  let share = 0;
  for (let index = first; index < grid.values.length; index++) {
    const value = grid.values[index] ?? null;
    if (value === null) continue;
    spent += value;
    share += shape[hourAt(index)] ?? 0;
  }
  const rate = share === 0 ? 0 : spent / share;
  // A profile learned from n days takes 1/n of the noise for profile, and adds as much to what it forecasts.
  return projection(
    'hour-of-day',
    grid,
    hours,
    (index) => rate * (shape[hourAt(index)] ?? 1),
    (least + 1) / (least - 1),
  );
}

/**
 * How wrong sums of hours will be, from how wrong sums of as many hours (a day at most, a quarter of the history at
 * most) were in the history: so that hours which go wrong together count. n such blocks of variance v make k of
 * them to come wrong by v·k, and the rate, learned from n, by v·k²/n. As few as they are, by Student's t.
 */
function projection(
  method: ForecastMethod,
  grid: HourlyGrid,
  hours: number,
  expectedAt: (index: number) => number,
  inflation: number,
): Projection {
  const residuals = grid.values.map((value, index) => (value === null ? null : value - expectedAt(index)));
  const singles = measured(residuals);
  const degreesOf = (count: number): number => Math.max(1, count - 1);
  const varianceOf = (sums: readonly number[]): number =>
    (inflation * sums.reduce((total, sum) => total + sum * sum, 0)) / degreesOf(sums.length);
  const length = Math.max(1, Math.min(DAY_HOURS, hours, Math.floor(grid.values.length / 4)));
  const wholeBlocks = blockSums(residuals, length);
  const blocks = wholeBlocks.length >= 3 ? wholeBlocks : singles;
  const blockHours = wholeBlocks.length >= 3 ? length : 1;
  return {
    method,
    points: Array.from({ length: hours }, (_, hour) => expectedAt(grid.values.length + hour)),
    degrees: degreesOf(blocks.length),
    deviationAt: () => Math.sqrt(varianceOf(singles) * (1 + 1 / singles.length)),
    deviationOfSum: (weights) => {
      const count = weights.reduce((sum, weight) => sum + weight, 0) / blockHours;
      return Math.sqrt(varianceOf(blocks) * count * (1 + count / blocks.length));
    },
  };
}

/** Sums of `length` consecutive residuals, newest first; a block counts for its measured half at least. */
function blockSums(residuals: readonly (number | null)[], length: number): number[] {
  const sums: number[] = [];
  for (let end = residuals.length; end >= length; end -= length) {
    const known = measured(residuals.slice(end - length, end));
    if (2 * known.length >= length)
      sums.push((known.reduce((sum, each) => sum + each, 0) * length) / known.length);
  }
  return sums;
}

function measured(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
