import type { Mstl } from './mstl.js';

/** One hour of a series; null where nothing was measured, which is not 0. */
export interface HourlyValue {
  /** Epoch milliseconds, a whole hour. */
  readonly hourStartMs: number;
  /** In the series' own unit (micro-dollars spent, calls made) in that hour. */
  readonly value: number | null;
}

/** What a forecast stands on. */
export interface History {
  /** In any order; hours that are missing are not measured. Hours not over at `nowMs` are not looked at. */
  readonly hourly: readonly HourlyValue[];
  readonly nowMs: number;
  /** IANA name of the zone whose hours of day the profile follows, such as `Europe/Berlin`. */
  readonly timeZone: string;
  readonly mstl: Mstl;
}

/** A prediction interval: the value lies within it with the stated probability. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * How a forecast was made, by how much was measured in the last eight weeks:
 * `run-rate`: at least 6 hours; the mean of the last 24.
 * `hour-of-day`: at least 2 days, each hour of the day twice; run rate × hour-of-day profile.
 * `mstl`: at least 2 weeks with no more than a fifth missing; daily and weekly seasons by MSTL, what remains by
 * automatic ETS.
 */
export type ForecastMethod = 'run-rate' | 'hour-of-day' | 'mstl';

/** Why there is no forecast. */
export interface Unavailable {
  /**
   * `too-little-history`: fewer than 6 hours measured. `history-is-stale`: nothing measured in the last day.
   * `period-ended`: it is over at `nowMs`. `horizon-too-long`: more than 62 days ahead.
   */
  readonly unavailable: 'too-little-history' | 'history-is-stale' | 'period-ended' | 'horizon-too-long';
}

/** Spend of a whole period: what is spent so far and what is expected until its end. Integer micro-dollars. */
export interface SpendForecast {
  readonly pointMicroUsd: number;
  readonly interval80: Interval;
  readonly interval95: Interval;
  /** Of `pointMicroUsd`, what is already spent: the certain part. */
  readonly spentMicroUsd: number;
  readonly method: ForecastMethod;
  /** Measured hours the forecast stands on. */
  readonly basedOnHours: number;
}

/** Load of one coming hour, in the series' unit. */
export interface LoadForecastHour {
  readonly hourStartMs: number;
  readonly point: number;
  readonly interval80: Interval;
  readonly interval95: Interval;
}

/** Load hour by hour. */
export interface LoadForecast {
  readonly hours: readonly LoadForecastHour[];
  readonly method: ForecastMethod;
  readonly basedOnHours: number;
}

/** How forecasts of the past would have done, each made from what was known at its origin. */
export interface Backtest {
  /** Origins forecast from, and hours each looked ahead. */
  readonly origins: number;
  readonly horizonHours: number;
  /** Origins by the method they were forecast with. */
  readonly methods: Readonly<Partial<Record<ForecastMethod, number>>>;
  /** Hours, or totals, compared with what came. */
  readonly compared: number;
  /** Mean of |error| / |actual| over actuals that are not 0; null where all are. A ratio, not a percentage. */
  readonly mape: number | null;
  /** Σ|error| / Σ|actual|; null where the actuals are all 0. */
  readonly wape: number | null;
  /**
   * Mean |error| over the mean |difference| of the series from itself a season before (Hyndman and Koehler 2006):
   * below 1 it beats repeating last week (yesterday, where there are not two weeks). Null where that is 0.
   */
  readonly mase: number | null;
  /** Share of actuals within the 80 % interval. */
  readonly coverage80: number;
  /** Share of actuals within the 95 % interval. */
  readonly coverage95: number;
}
