import type { HourlyValue } from './types.js';

export const HOUR_MS = 3_600_000;

/** Consecutive hours, the last of them the one before the hour that `nowMs` lies in. */
export interface HourlyGrid {
  readonly startMs: number;
  readonly values: readonly (number | null)[];
  /** How many of the values are not null. */
  readonly measured: number;
}

/** Eight weeks: what was longer ago says little of next month, and costs time to fit. */
const MOST_HOURS = 8 * 7 * 24;

/** The whole hours before `nowMs`, from the first that was measured, eight weeks at most. */
export function gridOf(hourly: readonly HourlyValue[], nowMs: number): HourlyGrid {
  const endMs = hourOf(nowMs);
  const earliestMs = endMs - MOST_HOURS * HOUR_MS;
  const known = hourly.filter(
    ({ hourStartMs, value }) =>
      value !== null && Number.isFinite(value) && hourStartMs >= earliestMs && hourStartMs < endMs,
  );
  const startMs = hourOf(known.reduce((first, { hourStartMs }) => Math.min(first, hourStartMs), endMs));
  const values = new Array<number | null>((endMs - startMs) / HOUR_MS).fill(null);
  for (const { hourStartMs, value } of known) values[(hourOf(hourStartMs) - startMs) / HOUR_MS] = value;
  return { startMs, values, measured: values.filter((value) => value !== null).length };
}

export function hourOf(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS) * HOUR_MS;
}

/** The hour of day, 0 to 23, on the clocks of a zone. */
export function hourOfDayIn(timeZone: string): (timeMs: number) => number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' });
  return (timeMs) => Number(format.format(timeMs));
}
