/** One hour of a series; null where nothing was measured, which is not 0. */
export interface HourlyValue {
  /** Epoch milliseconds, a whole hour. */
  readonly hourStartMs: number;
  /** In the series' own unit (micro-dollars spent, calls made) in that hour. */
  readonly value: number | null;
}

/** A prediction interval: the value lies within it with the stated probability. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * How a forecast was made, by how much history there is:
 * `run-rate`: at least 6 hours; the mean of the last day.
 * `hour-of-day`: at least 2 days; run rate × hour-of-day profile.
 * `mstl`: at least 2 weeks; daily and weekly seasons by MSTL, the rest by automatic ETS.
 */
export type ForecastMethod = 'run-rate' | 'hour-of-day' | 'mstl';

/** Why there is no forecast. */
export interface Unavailable {
  readonly unavailable: 'too-little-history' | 'history-has-gaps' | 'period-ended' | 'horizon-too-long';
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
  /** Origins tried, oldest first. */
  readonly origins: number;
  /** Hours ahead each origin forecast. */
  readonly horizonHours: number;
  /** By which methods the origins were forecast. */
  readonly methods: Readonly<Partial<Record<ForecastMethod, number>>>;
  /** Hours (or totals) compared. */
  readonly compared: number;
  /** Mean of |error| / |actual| over actuals that are not 0; null where all are. A ratio, not a percentage. */
  readonly mape: number | null;
  /** Σ|error| / Σ|actual|; null where the actuals sum to 0. */
  readonly wape: number | null;
  /** Mean |error| over that of the same hour a week (or, lacking one, a day) before; null where that is 0. */
  readonly mase: number | null;
  /** Share of actuals within the 80 % interval. */
  readonly coverage80: number;
  /** Share of actuals within the 95 % interval. */
  readonly coverage95: number;
}
