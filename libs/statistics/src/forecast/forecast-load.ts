import { HOUR_MS, hourOf } from './hourly-grid.js';
import { project } from './project.js';
import { intervalAround } from './projection.js';
import type { History, Interval, LoadForecast, Unavailable } from './types.js';

/** Load hour by hour, for the `hoursAhead` whole hours after that of `nowMs`. Never below 0. */
export function forecastLoad(history: History & { readonly hoursAhead: number }): LoadForecast | Unavailable {
  // The hour under way lies between the history and what is asked for.
  const projection = project(history, history.hoursAhead + 1);
  if ('unavailable' in projection) return projection;
  const firstMs = hourOf(history.nowMs);
  const hours = projection.points.slice(1).map((point, index) => {
    const deviation = projection.deviationAt(index + 1);
    const interval = (probability: number): Interval => {
      const { lower, upper } = intervalAround(point, deviation, projection.degrees, probability);
      return { lower: Math.max(0, lower), upper: Math.max(0, upper) };
    };
    return {
      hourStartMs: firstMs + (index + 1) * HOUR_MS,
      point: Math.max(0, point),
      interval80: interval(0.8),
      interval95: interval(0.95),
    };
  });
  return { hours, method: projection.method, basedOnHours: projection.basedOnHours };
}
