import type { HourlyGrid } from './hourly-grid.js';
import type { Mstl, MstlForecast } from './mstl.js';
import type { Projection } from './projection.js';

const DAY_HOURS = 24;
const WEEK_DAYS = 7;
const WEEK_HOURS = WEEK_DAYS * DAY_HOURS;

/**
 * Daily and weekly seasons by MSTL, what remains by ETS: the first day from the hours, the days after from daily
 * totals (24 hours each, counted back from now), over which the hours' pattern is laid. An hour's run of luck says
 * much of the next hour and nothing of next week; a model of hours takes it for a new level (temporal aggregation:
 * Athanasopoulos et al. 2017). Null where the series does not let itself be fitted.
 */
export function projectByMstl(
  mstl: Mstl,
  grid: HourlyGrid,
  hourAt: (index: number) => number,
  hours: number,
): Projection | null {
  const history = imputed(grid, hourAt);
  const days = Math.ceil(hours / DAY_HOURS);
  const byHour = lookAhead(mstl, history, [DAY_HOURS, WEEK_HOURS], days * DAY_HOURS, hourAt);
  if (!byHour) return null;
  const hourly: Projection = {
    method: 'mstl',
    degrees: Infinity,
    ...byHour,
    points: byHour.points.slice(0, hours),
  };
  if (hours <= DAY_HOURS) return hourly;
  const byDay = lookAhead(mstl, dailyTotals(history), [WEEK_DAYS], days, () => 0);
  if (!byDay) return null;
  return {
    ...hourly,
    points: laidOver(byHour.points, byDay.points).slice(0, hours),
    deviationOfSum: (weights) =>
      weights.length <= DAY_HOURS
        ? hourly.deviationOfSum(weights)
        : byDay.deviationOfSum(byDay.points.map((_, day) => sum(dayOf(weights, day)) / DAY_HOURS)),
  };
}

/** Steps ahead, and how wrong they will be: each by itself, and in sums. */
type Ahead = Pick<Projection, 'points' | 'deviationAt' | 'deviationOfSum'>;

/** @param classAt of a step, counted from the start of the series: steps of a class scatter alike */
function lookAhead(
  mstl: Mstl,
  series: Float64Array,
  periods: readonly number[],
  steps: number,
  classAt: (index: number) => number,
): Ahead | null {
  const scale = scaleFor(series);
  const scaled = series.map(scale.to);
  const fitted = mstl.forecast(scaled, periods, steps);
  if (!fitted) return null;
  const longest = Math.max(...periods);
  const classes = scatterByClass(scaled, longest, classAt);
  const points = fitted.points.map((point) => scale.from(point, fitted.stepDeviation));
  const shocks = new Shocks(fitted, series.length, longest);
  const unitAt = (step: number): number =>
    (classes.get(classAt(series.length + step)) ?? 1) * scale.slopeAt(points[step] ?? 0);
  return {
    points,
    deviationAt: (step) => shocks.deviationAt(step) * unitAt(step),
    deviationOfSum: (weights) => shocks.deviationOfSum(weights.map((weight, step) => weight * unitAt(step))),
  };
}

/** On which scale a series is the sum of its seasons and of noise. */
interface Scale {
  readonly to: (value: number) => number;
  /** The mean of what is `scaled` give or take `deviation`. */
  readonly from: (scaled: number, deviation: number) => number;
  /** How much a value moves for a small move on the scale. */
  readonly slopeAt: (value: number) => number;
}

/**
 * Of spend and load the seasons multiply: half the customers make half the peak. So logarithms, as long as nearly
 * every value is above 0; with many zeros, the values as they are.
 */
function scaleFor(series: Float64Array): Scale {
  const positive = series.filter((value) => value > 0);
  if (positive.length < LEAST_POSITIVE * series.length) {
    return { to: (value) => value, from: (scaled) => scaled, slopeAt: () => 1 };
  }
  const least = (LEAST_OF_MEAN * sum(positive)) / positive.length;
  return {
    to: (value) => Math.log(Math.max(least, value)),
    from: (scaled, deviation) => Math.exp(scaled + (deviation * deviation) / 2),
    slopeAt: (value) => value,
  };
}

const LEAST_POSITIVE = 0.99;
/** What a 0 among positives counts as: an hour without any is far off, and no farther. */
const LEAST_OF_MEAN = 0.01;

/** Errors ahead as sums of coming shocks, one a step. */
class Shocks {
  readonly #deviation: number;
  readonly #weights: readonly number[];
  readonly #learnedFrom: number;

  constructor({ stepDeviation, shockWeights }: MstlForecast, learnedFrom: number, period: number) {
    const periods = learnedFrom / period;
    // A season that is the mean of n periods takes 1/n of the noise, and adds 1/n to the noise to come.
    this.#deviation = stepDeviation * SEASON_ERROR * Math.sqrt((periods + 1) / (periods - 1));
    this.#weights = shockWeights;
    this.#learnedFrom = learnedFrom;
  }

  deviationAt(step: number): number {
    return (
      this.#deviation * Math.sqrt(sum(this.#weights.slice(0, step + 1).map((weight) => weight * weight)))
    );
  }

  deviationOfSum(weights: readonly number[]): number {
    const effects = weights.map((_, shock) =>
      sum(weights.slice(shock).map((weight, later) => weight * (this.#weights[later] ?? 0))),
    );
    // The level itself is known from so many steps only, and errs the same way in all.
    const level = sum(weights) ** 2 / this.#learnedFrom;
    return this.#deviation * Math.sqrt(sum(effects.map((effect) => effect * effect)) + level);
  }
}

/**
 * MSTL takes its seasons for certain, though they are learned from noise: they take some of it away from what is
 * left over, which ETS judges its errors by, and carry as much into the forecast. By this more than a plain mean of
 * the periods would, since STL lets a season change: measured on seeded series of known noise, two to eight weeks
 * long.
 */
const SEASON_ERROR = 1.15;

/** The hours, each day after the first scaled to its total; or raised to it, where its hours come to nothing. */
function laidOver(hours: readonly number[], totals: readonly number[]): number[] {
  return totals.flatMap((total, day) => {
    const pattern = dayOf(hours, day);
    const before = sum(pattern);
    if (day === 0) return pattern;
    return before > 0 && total >= 0
      ? pattern.map((hour) => (hour * total) / before)
      : pattern.map((hour) => hour + (total - before) / DAY_HOURS);
  });
}

function dailyTotals(history: Float64Array): Float64Array {
  const days = Math.floor(history.length / DAY_HOURS);
  const first = history.length - days * DAY_HOURS;
  return Float64Array.from({ length: days }, (_, day) =>
    sum(history.subarray(first + day * DAY_HOURS, first + (day + 1) * DAY_HOURS)),
  );
}

/**
 * How much steps of a class scatter, beside all: hours of few calls scatter otherwise than hours of many. From how
 * far values are from the mean of their place in the longest period.
 */
function scatterByClass(
  series: Float64Array,
  period: number,
  classAt: (index: number) => number,
): Map<number, number> {
  const places = new Means();
  series.forEach((value, index) => places.add(index % period, value));
  const squares = new Means();
  const all = new Means();
  series.forEach((value, index) => {
    const square = (value - (places.of(index % period) ?? value)) ** 2;
    squares.add(classAt(index), square);
    all.add(0, square);
  });
  const whole = all.of(0) ?? 0;
  return squares.map((square) => (whole > 0 ? Math.sqrt(square / whole) : 1));
}

/** Holes filled with the mean of that hour of the week, or else of the day: the seasons stay as they are. */
function imputed(grid: HourlyGrid, hourAt: (index: number) => number): Float64Array {
  const ofWeek = new Means();
  const ofDay = new Means();
  const all = new Means();
  grid.values.forEach((value, index) => {
    if (value === null) return;
    ofWeek.add(index % WEEK_HOURS, value);
    ofDay.add(hourAt(index), value);
    all.add(0, value);
  });
  return Float64Array.from(
    grid.values,
    (value, index) => value ?? ofWeek.of(index % WEEK_HOURS) ?? ofDay.of(hourAt(index)) ?? all.of(0) ?? 0,
  );
}

class Means {
  readonly #sums = new Map<number, { sum: number; count: number }>();

  add(key: number, value: number): void {
    const known = this.#sums.get(key);
    if (known) {
      known.sum += value;
      known.count++;
    } else {
      this.#sums.set(key, { sum: value, count: 1 });
    }
  }

  of(key: number): number | undefined {
    const known = this.#sums.get(key);
    return known && known.sum / known.count;
  }

  map(change: (mean: number) => number): Map<number, number> {
    return new Map([...this.#sums].map(([key, { sum, count }]) => [key, change(sum / count)]));
  }
}

function dayOf<T>(hours: readonly T[], day: number): T[] {
  return hours.slice(day * DAY_HOURS, (day + 1) * DAY_HOURS);
}

function sum(values: readonly number[] | Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
