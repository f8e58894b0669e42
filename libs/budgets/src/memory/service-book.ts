import type { MicroUsd, ServiceName } from '@signalbox/contracts';
import { newlyCrossed } from '../alerts.js';
import { isThrottling } from '../band.js';
import type { CompiledRules } from '../compiled-rules.js';
import {
  MINUTE_MS,
  addCalls,
  callsIn,
  emptyHour,
  oldestMinute,
  turnTo,
  youngestMinute,
} from '../hour-window.js';
import type { BudgetAlert } from '../ledger.js';
import { arrivalAfter } from '../pacing.js';
import { PERIOD_KINDS, periodAt, type BudgetPeriod, type PeriodKind } from '../period.js';
import { alertIdOf, type Reservation } from '../reservation.js';
import type { TierName } from '../rules.js';
import type { BudgetCount, Standing } from '../standing.js';

interface PeriodPage extends BudgetCount {
  calls: number;
  told: Set<number>;
}

/** The tiers that a call counts in. */
export type Taken = Record<TierName, boolean>;
export const ALL_TIERS: Taken = { burst: true, sustained: true, daily: true };
export const NO_TIER: Taken = { burst: false, sustained: false, daily: false };

export type Kept = Reservation & { taken: Taken };

/** One method's view: the book, the rules in force, the time. */
export interface Turn {
  book: ServiceBook;
  compiled: CompiledRules;
  nowMs: number;
}

/** One service's counts in memory, and the few ways in which they change. */
export class ServiceBook {
  arrivalUs = 0;
  readonly hour = emptyHour();
  readonly pages = new Map<string, PeriodPage>();
  readonly reservations = new Map<string, Kept>();
  readonly drawnMicroUsd = new Map<string, MicroUsd>();
  readonly untold = new Map<string, BudgetAlert>();
  /** Reservation id → when it was committed. */
  readonly unjournalled = new Map<string, number>();

  constructor(
    readonly serviceName: ServiceName,
    readonly generation: number,
  ) {}

  /** Changes nothing that a later question could notice. */
  standing(nowMs: number, timeZone: string): Standing {
    const periods = { day: periodAt('day', nowMs, timeZone), month: periodAt('month', nowMs, timeZone) };
    turnTo(this.hour, Math.floor(nowMs / MINUTE_MS));
    return {
      atUs: nowMs * 1000,
      arrivalUs: this.arrivalUs,
      hourCalls: callsIn(this.hour),
      hourYoungest: youngestMinute(this.hour) ?? 0,
      dayCalls: this.pages.get(nameOf(periods.day))?.calls ?? 0,
      periods,
      counts: { day: this.countOf(periods.day), month: this.countOf(periods.month) },
    };
  }

  oldestMinute(): number {
    return oldestMinute(this.hour) ?? 0;
  }

  /** Counts a call in the tiers it takes. */
  takeTokens(taken: Taken, { pace }: CompiledRules, nowMs: number, dayKey: string): void {
    if (taken.burst) this.arrivalUs = arrivalAfter(pace, this.arrivalUs, nowMs * 1000);
    if (taken.sustained) addCalls(this.hour, this.hour.lastMinute, 1);
    if (taken.daily) this.page('day', dayKey).calls += 1;
  }

  giveTokensBack({ taken, reservedAtMs, dayKey }: Kept, { pace }: CompiledRules): void {
    if (taken.burst) this.arrivalUs -= pace.intervalUs;
    if (taken.sustained) addCalls(this.hour, Math.floor(reservedAtMs / MINUTE_MS), -1);
    const page = this.pages.get(`day:${dayKey}`);
    if (taken.daily && page !== undefined) page.calls -= 1;
  }

  /** Adds to the counts of both of a reservation's periods; the alerts that this crosses. */
  book(
    { dayKey, monthKey }: Pick<Reservation, 'dayKey' | 'monthKey'>,
    change: Partial<Record<'spentMicroUsd' | 'reservedMicroUsd' | 'leasedMicroUsd', MicroUsd>>,
    compiled: CompiledRules,
    nowMs: number,
  ): BudgetAlert[] {
    return PERIOD_KINDS.flatMap((kind) => {
      const key = kind === 'day' ? dayKey : monthKey;
      const page = this.page(kind, key);
      page.spentMicroUsd += change.spentMicroUsd ?? 0;
      page.reservedMicroUsd += change.reservedMicroUsd ?? 0;
      page.leasedMicroUsd += change.leasedMicroUsd ?? 0;
      const used = page.spentMicroUsd + page.reservedMicroUsd;
      page.throttling = isThrottling(compiled.budgets[kind].band, used, page.throttling);
      return this.alertsOf(kind, key, page, compiled, nowMs);
    });
  }

  page(kind: PeriodKind, key: string): PeriodPage {
    const name = `${kind}:${key}`;
    let page = this.pages.get(name);
    if (page === undefined) {
      page = { ...emptyCount(), calls: 0, told: new Set() };
      this.pages.set(name, page);
    }
    return page;
  }

  drawOverride(overrideId: string | null, changeMicroUsd: MicroUsd): void {
    if (overrideId === null || changeMicroUsd === 0) return;
    this.drawnMicroUsd.set(overrideId, (this.drawnMicroUsd.get(overrideId) ?? 0) + changeMicroUsd);
  }

  private alertsOf(
    kind: PeriodKind,
    key: string,
    page: PeriodPage,
    { budgets }: CompiledRules,
    nowMs: number,
  ): BudgetAlert[] {
    const { capMicroUsd, marks } = budgets[kind];
    const { spentMicroUsd, reservedMicroUsd, told } = page;
    return newlyCrossed(marks, spentMicroUsd + reservedMicroUsd, told).map(({ level, basisPoints }) => {
      told.add(basisPoints);
      const alert: BudgetAlert = {
        alertId: alertIdOf(this.serviceName, kind, key, basisPoints),
        serviceName: this.serviceName,
        kind,
        key,
        level,
        threshold: basisPoints / 10_000,
        ...{ capMicroUsd, spentMicroUsd, reservedMicroUsd, atMs: nowMs },
      };
      this.untold.set(alert.alertId, alert);
      return alert;
    });
  }

  private countOf(period: BudgetPeriod): BudgetCount {
    const { spentMicroUsd, reservedMicroUsd, leasedMicroUsd, throttling } =
      this.pages.get(nameOf(period)) ?? emptyCount();
    return { spentMicroUsd, reservedMicroUsd, leasedMicroUsd, throttling };
  }
}

function nameOf({ kind, key }: BudgetPeriod): string {
  return `${kind}:${key}`;
}

function emptyCount(): BudgetCount {
  return { spentMicroUsd: 0, reservedMicroUsd: 0, leasedMicroUsd: 0, throttling: false };
}
