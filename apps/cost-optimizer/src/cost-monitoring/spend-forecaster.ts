import type { MicroUsd } from '@signalbox/contracts';
import type { HourlyValue, SpendForecast, Unavailable } from '@signalbox/statistics';

export interface SpendForecastRequest {
  /** What was spent in each whole hour since the first known one, micro-dollars. */
  hourly: readonly HourlyValue[];
  /** Of the running period, so far. */
  spentMicroUsd: MicroUsd;
  nowMs: number;
  periodStartMs: number;
  periodEndMs: number;
  timeZone: string;
}

/** Port: what a running period will have cost when it ends. Bound where the forecasting is. */
export abstract class SpendForecaster {
  abstract forecast(request: SpendForecastRequest): SpendForecast | Unavailable;
}
