import { HOUR_MS, hourOf, hourOfDayIn, gridOf, type HourlyGrid } from './hourly-grid.js';
import type { Projection } from './projection.js';
import type { History, Unavailable } from './types.js';
import { projectByMstl } from './seasons-model.js';
import { projectByHourOfDay, projectByRunRate } from './run-rate-model.js';

/** A projection with what it stands on. */
export interface FoundedProjection extends Projection {
  readonly basedOnHours: number;
}

/** By the best method that the history carries; see `ForecastMethod`. */
export function project(history: History, hours: number): FoundedProjection | Unavailable {
  if (hours > MOST_HOURS_AHEAD) return { unavailable: 'horizon-too-long' };
  const grid = gridOf(history.hourly, history.nowMs);
  if (grid.measured < LEAST_HOURS) return { unavailable: 'too-little-history' };
  if (grid.values.slice(-STALE_HOURS).every((value) => value === null))
    return { unavailable: 'history-is-stale' };
  const clock = hourOfDayIn(history.timeZone);
  const hourAt = (index: number): number => clock(grid.startMs + index * HOUR_MS);
  const projection =
    byMstl(history, grid, hourAt, hours) ??
    projectByHourOfDay(grid, hourAt, hours) ??
    projectByRunRate(grid, hourAt, hours);
  return { ...projection, basedOnHours: grid.measured };
}

/** How many hours from the one of `nowMs` to the end, that of `nowMs` included. */
export function hoursUntil(nowMs: number, endMs: number): number {
  return Math.ceil((endMs - hourOf(nowMs)) / HOUR_MS);
}

function byMstl(
  history: History,
  grid: HourlyGrid,
  hourAt: (index: number) => number,
  hours: number,
): Projection | null {
  const enough = grid.values.length >= 2 * 7 * 24 && grid.measured >= LEAST_SHARE * grid.values.length;
  return enough ? projectByMstl(history.mstl, grid, hourAt, hours) : null;
}

const LEAST_HOURS = 6;
const STALE_HOURS = 24;
const LEAST_SHARE = 0.8;
/** Two of the longest months: further ahead nothing is known of a series of eight weeks. */
const MOST_HOURS_AHEAD = 62 * 24;
