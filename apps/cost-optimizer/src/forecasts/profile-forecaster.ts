import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import {
  forecastSpend,
  loadMstl,
  mstlWasmUrl,
  type SpendForecast,
  type Unavailable,
} from '@signalbox/statistics';
import { SpendForecaster, type SpendForecastRequest } from '../cost-monitoring/spend-forecaster.js';

/**
 * A day less than the two weeks from which on seasons are fitted: a fit takes tenths of a second, which a request must
 * not hold the process up for. The forecasts of the cost analysis, made in a thread of their own, know the weeks.
 */
const HOURS_OF_PROFILE = 13 * 24;

/** Forecasts of running periods at once, by run rate and the profile of the hours of the day. */
@Injectable()
export class ProfileForecaster extends SpendForecaster {
  private readonly mstl = loadMstl(readFileSync(mstlWasmUrl()));

  forecast({ hourly, ...request }: SpendForecastRequest): SpendForecast | Unavailable {
    return forecastSpend({ ...request, hourly: hourly.slice(-HOURS_OF_PROFILE), mstl: this.mstl });
  }
}
