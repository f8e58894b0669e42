import { studentQuantile } from './student-t.js';
import type { ForecastMethod, Interval } from './types.js';

/** The coming hours, the one that `nowMs` lies in first, and how uncertain they are. */
export interface Projection {
  readonly method: ForecastMethod;
  /** Expected, an hour each; unrounded, and where the series trends to it, below 0. */
  readonly points: readonly number[];
  /** Standard deviation of the error of one hour. */
  deviationAt(hour: number): number;
  /** Standard deviation of the error of Σ weight × hour. @param weights one an hour, 0..1 */
  deviationOfSum(weights: readonly number[]): number;
  /** Degrees of freedom of the deviations: how far they are themselves estimates. */
  readonly degrees: number;
}

/** The interval of the given probability around a point. */
export function intervalAround(
  point: number,
  deviation: number,
  degrees: number,
  probability: number,
): Interval {
  const reach = deviation === 0 ? 0 : deviation * studentQuantile((1 + probability) / 2, degrees);
  return { lower: point - reach, upper: point + reach };
}
