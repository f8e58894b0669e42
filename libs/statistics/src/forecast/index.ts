export { backtest, type BacktestOptions } from './backtest.js';
export { forecastLoad } from './forecast-load.js';
export { forecastSpend, type SpendHistory } from './forecast-spend.js';
export { loadMstl, mstlWasmUrl, type Mstl } from './mstl.js';
export type {
  Backtest,
  ForecastMethod,
  History,
  HourlyValue,
  Interval,
  LoadForecast,
  LoadForecastHour,
  SpendForecast,
  Unavailable,
} from './types.js';
