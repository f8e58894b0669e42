import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { periodAt, type LedgerState } from '@signalbox/budgets';
import {
  BUDGET_PERIODS,
  toUsd,
  type BudgetPeriod,
  type MicroUsd,
  type ServiceName,
  type SpendProjection,
} from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { LedgerHours } from '@signalbox/persistence';
import type { Clock, HourlyValue, Interval, SpendForecast } from '@signalbox/statistics';
import { LiveRules } from '../rules/live-rules.js';
import { SpendForecaster } from './spend-forecaster.js';

const HOUR_MS = 3_600_000;
/** Eight weeks: as many of each weekday as a weekly rhythm needs. */
const HISTORY_MS = 56 * 24 * HOUR_MS;
/** A forecast is of hours: a minute more or less of spending changes nothing in it. */
const KEPT_MS = 60_000;
/** Not asked for in so long: who asks then would rather wait than read what was true so long ago. */
const STALE_MS = 600_000;

export interface Projected {
  projection: SpendProjection | null;
  /** Why there is none. */
  projectionUnavailable: string | null;
}

interface Kept<T> {
  madeAtMs: number;
  value: Promise<T>;
}

/** What running periods will have cost when they end, by what the journal knows of the hours before. */
@Injectable()
export class SpendProjections {
  private readonly logger = new Logger(SpendProjections.name);
  private readonly histories = new Map<ServiceName, Kept<HourlyValue[]>>();
  private readonly projections = new Map<string, Kept<Projected>>();

  constructor(
    private readonly hours: LedgerHours,
    private readonly rules: LiveRules,
    @Inject(CLOCK) private readonly clock: Clock,
    @Optional() @Inject(SpendForecaster) private readonly forecaster: SpendForecaster | null,
  ) {}

  of(state: LedgerState): Promise<Record<BudgetPeriod, Projected>> {
    return this.project(state.serviceName, [state]);
  }

  /** Of services together; only where their days and months are the same. */
  total(states: readonly LedgerState[]): Promise<Record<BudgetPeriod, Projected>> {
    return this.project(states.map(({ serviceName }) => serviceName).join(), states);
  }

  private async project(
    name: string,
    states: readonly LedgerState[],
  ): Promise<Record<BudgetPeriod, Projected>> {
    const [day, month] = await Promise.all(
      BUDGET_PERIODS.map((kind) => this.projected(`${name} ${kind}`, () => this.forecast(kind, states))),
    );
    return { day: day!, month: month! };
  }

  private async forecast(kind: BudgetPeriod, states: readonly LedgerState[]): Promise<Projected> {
    if (this.forecaster === null) return none('no-forecaster');
    const zones = new Set(states.map(({ serviceName }) => this.rules.of(serviceName).budget.timeZone));
    const [timeZone] = zones;
    if (timeZone === undefined || zones.size > 1) return none('time-zones-differ');
    try {
      const histories = await Promise.all(states.map(({ serviceName }) => this.historyOf(serviceName)));
      const nowMs = this.clock.nowMs();
      const { startsAtMs, endsAtMs } = periodAt(kind, nowMs, timeZone);
      const forecast = this.forecaster.forecast({
        hourly: sumOf(histories),
        spentMicroUsd: states.reduce((sum, { budget }) => sum + budget[kind].spentMicroUsd, 0),
        ...{ nowMs, timeZone, periodStartMs: startsAtMs, periodEndMs: endsAtMs },
      });
      return 'unavailable' in forecast
        ? none(forecast.unavailable)
        : { projection: projectionOf(forecast), projectionUnavailable: null };
    } catch (error) {
      this.logger.warn(`Spending is not projected: ${String(error)}`);
      return none('history-cannot-be-read');
    }
  }

  /** Every whole hour since the first with a call: one without calls cost nothing. */
  private historyOf(service: ServiceName): Promise<HourlyValue[]> {
    return this.fresh(this.histories, service, async () => {
      const endMs = Math.floor(this.clock.nowMs() / HOUR_MS) * HOUR_MS;
      const spent = await this.hours.spendByHour(service, { fromMs: endMs - HISTORY_MS, toMs: endMs });
      const byHour = new Map(spent.map(({ hourStartMs, spentMicroUsd }) => [hourStartMs, spentMicroUsd]));
      const hourly: HourlyValue[] = [];
      for (let at = spent[0]?.hourStartMs ?? endMs; at < endMs; at += HOUR_MS) {
        hourly.push({ hourStartMs: at, value: byHour.get(at) ?? 0 });
      }
      return hourly;
    });
  }

  /** As last made; what is older than a minute is answered still, once more, and made anew behind the answer. */
  private projected(key: string, make: () => Promise<Projected>): Promise<Projected> {
    const nowMs = this.clock.nowMs();
    for (const [other, { madeAtMs }] of this.projections) {
      if (madeAtMs + STALE_MS <= nowMs) this.projections.delete(other);
    }
    const known = this.projections.get(key);
    if (known !== undefined && nowMs < known.madeAtMs + KEPT_MS) return known.value;
    const value = make();
    if (known === undefined) {
      this.projections.set(key, { madeAtMs: nowMs, value });
      return value;
    }
    // Its time is renewed at once, so that those who ask meanwhile do not make it too.
    known.madeAtMs = nowMs;
    void value.then(() => this.projections.set(key, { madeAtMs: nowMs, value }));
    return known.value;
  }

  private fresh<T>(all: Map<ServiceName, Kept<T>>, key: ServiceName, make: () => Promise<T>): Promise<T> {
    const nowMs = this.clock.nowMs();
    const known = all.get(key);
    if (known !== undefined && nowMs < known.madeAtMs + KEPT_MS) return known.value;
    const value = make();
    all.set(key, { madeAtMs: nowMs, value });
    value.catch(() => all.delete(key));
    return value;
  }
}

function none(projectionUnavailable: string): Projected {
  return { projection: null, projectionUnavailable };
}

/** Hour by hour, from the first that any of them knows. */
function sumOf(histories: readonly HourlyValue[][]): HourlyValue[] {
  const [only] = histories;
  if (histories.length === 1 && only !== undefined) return only;
  const sums = new Map<number, MicroUsd>();
  for (const { hourStartMs, value } of histories.flat()) {
    sums.set(hourStartMs, (sums.get(hourStartMs) ?? 0) + (value ?? 0));
  }
  return [...sums].sort(([a], [b]) => a - b).map(([hourStartMs, value]) => ({ hourStartMs, value }));
}

function projectionOf(forecast: SpendForecast): SpendProjection {
  const interval = ({ lower, upper }: Interval) => ({ lowerUsd: toUsd(lower), upperUsd: toUsd(upper) });
  return {
    expectedUsd: toUsd(forecast.pointMicroUsd),
    interval80: interval(forecast.interval80),
    interval95: interval(forecast.interval95),
    spentUsd: toUsd(forecast.spentMicroUsd),
    method: forecast.method,
    basedOnHours: forecast.basedOnHours,
  };
}
