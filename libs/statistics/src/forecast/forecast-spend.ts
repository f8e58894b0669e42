import { HOUR_MS, hourOf } from './hourly-grid.js';
import { hoursUntil, project } from './project.js';
import { intervalAround } from './projection.js';
import type { History, Interval, SpendForecast, Unavailable } from './types.js';

/** A period's spend so far, and the spend by hours that lets it be continued. */
export interface SpendHistory extends History {
  /** Spent in the period until `nowMs`: as the ledger says, not as the hours add up to. Integer micro-dollars. */
  readonly spentMicroUsd: number;
  /** When the period (a day, a month) ends, epoch milliseconds. */
  readonly periodEndMs: number;
}

/**
 * What a period will have cost by its end, from run rate × day-of-week and hour-of-day profile. The hours' values
 * are micro-dollars. Never less than what is spent already. Intervals hold if the future is like the history:
 * they know nothing of a price change or a new customer.
 */
export function forecastSpend(history: SpendHistory): SpendForecast | Unavailable {
  const { nowMs, periodEndMs, spentMicroUsd } = history;
  if (periodEndMs <= nowMs) return { unavailable: 'period-ended' };
  const hours = hoursUntil(nowMs, periodEndMs);
  const projection = project(history, hours);
  if ('unavailable' in projection) return projection;
  const firstMs = hourOf(nowMs);
  // Of the first and of the last hour, only what lies between now and the end.
  const weights = projection.points.map((_, hour) => {
    const startMs = firstMs + hour * HOUR_MS;
    return (Math.min(startMs + HOUR_MS, periodEndMs) - Math.max(startMs, nowMs)) / HOUR_MS;
  });
  const rest = projection.points.reduce((sum, point, hour) => sum + point * (weights[hour] ?? 0), 0);
  const deviation = projection.deviationOfSum(weights);
  const total = (ahead: number): number => spentMicroUsd + Math.round(Math.max(0, ahead));
  const interval = (probability: number): Interval => {
    const { lower, upper } = intervalAround(rest, deviation, projection.degrees, probability);
    return { lower: total(lower), upper: total(upper) };
  };
  return {
    pointMicroUsd: total(rest),
    interval80: interval(0.8),
    interval95: interval(0.95),
    spentMicroUsd,
    method: projection.method,
    basedOnHours: projection.basedOnHours,
  };
}
