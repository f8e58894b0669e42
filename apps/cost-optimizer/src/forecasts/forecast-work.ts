import { backtest, forecastLoad, forecastSpend, type HourlyValue, type Mstl } from '@signalbox/statistics';
import { toUsd, type ForecastBacktest, type ServiceForecast } from '@signalbox/contracts';

/** What a service's forecasts are made from; JSON-safe, to be handed to another thread. */
export interface ForecastInput {
  nowMs: number;
  timeZone: string;
  /** Whole hours from the first on record; one without a call is 0. */
  hours: { hourStartMs: number; spentMicroUsd: number; calls: number }[];
  day: { spentMicroUsd: number; endsAtMs: number };
  month: { spentMicroUsd: number; endsAtMs: number };
}

const HOURS_AHEAD = 24;
const BACKTEST_ORIGINS = 7;

/** Spend until the day's and the month's end, calls in the next 24 hours, and how such forecasts did in the last week. */
export function forecastsOf(input: ForecastInput, mstl: Mstl): ServiceForecast {
  const { nowMs, timeZone } = input;
  const spend = input.hours.map(({ hourStartMs, spentMicroUsd }): HourlyValue => ({
    hourStartMs,
    value: spentMicroUsd,
  }));
  const calls = input.hours.map(({ hourStartMs, calls: value }): HourlyValue => ({ hourStartMs, value }));
  const history = { nowMs, timeZone, mstl };
  const period = ({ spentMicroUsd, endsAtMs }: ForecastInput['day']) =>
    forecastSpend({ ...history, hourly: spend, spentMicroUsd, periodEndMs: endsAtMs });
  const [day, month] = [period(input.day), period(input.month)];
  const load = forecastLoad({ ...history, hourly: calls, hoursAhead: HOURS_AHEAD });
  const reasons = [day, month, load].flatMap((one) => ('unavailable' in one ? [one.unavailable] : []));
  return {
    spend: { day: spendOf(day), month: spendOf(month) },
    load:
      'unavailable' in load
        ? null
        : {
            hours: load.hours.map(({ hourStartMs, point, interval80, interval95 }) => ({
              at: new Date(hourStartMs).toISOString(),
              calls: hundredths(point),
              interval80: mapped(interval80, hundredths),
              interval95: mapped(interval95, hundredths),
            })),
            method: load.method,
            basedOnHours: load.basedOnHours,
          },
    backtests: {
      spendPerHour: backtested(backtest({ ...history, hourly: spend, ...BACKTEST })),
      callsPerHour: backtested(backtest({ ...history, hourly: calls, ...BACKTEST })),
    },
    unavailable: reasons.length === 0 ? null : [...new Set(reasons)].join(', '),
  };
}

const BACKTEST = { horizonHours: HOURS_AHEAD, of: 'hours', origins: BACKTEST_ORIGINS } as const;

function spendOf(forecast: ReturnType<typeof forecastSpend>): ServiceForecast['spend']['day'] {
  if ('unavailable' in forecast) return null;
  const { pointMicroUsd, interval80, interval95, spentMicroUsd, method, basedOnHours } = forecast;
  return {
    expectedUsd: toUsd(pointMicroUsd),
    interval80: mapped(interval80, toUsd),
    interval95: mapped(interval95, toUsd),
    spentUsd: toUsd(spentMicroUsd),
    ...{ method, basedOnHours },
  };
}

function backtested(tested: ReturnType<typeof backtest>): ForecastBacktest | null {
  if ('unavailable' in tested) return null;
  const { origins, horizonHours, compared, wape, mape, mase, coverage80, coverage95 } = tested;
  return {
    ...{ origins, horizonHours, compared },
    wape: orNull(wape),
    mape: orNull(mape),
    mase: orNull(mase),
    coverage80: tenThousandths(coverage80),
    coverage95: tenThousandths(coverage95),
  };
}

function mapped({ lower, upper }: { lower: number; upper: number }, read: (value: number) => number) {
  return { lower: read(lower), upper: read(upper) };
}

const hundredths = (value: number): number => Math.round(value * 100) / 100;
const tenThousandths = (value: number): number => Math.round(value * 10_000) / 10_000;
const orNull = (value: number | null): number | null => (value === null ? null : tenThousandths(value));
