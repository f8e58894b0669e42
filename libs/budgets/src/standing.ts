import type { MicroUsd } from '@signalbox/contracts';
import type { CompiledRules } from './compiled-rules.js';
import { leavesAtMs } from './hour-window.js';
import type { BudgetUse, TierUse } from './ledger.js';
import { paceUsed } from './pacing.js';
import type { BudgetPeriod, PeriodKind } from './period.js';
import type { TierName } from './rules.js';

/** The counts of one budget's period. */
export interface BudgetCount {
  spentMicroUsd: MicroUsd;
  reservedMicroUsd: MicroUsd;
  leasedMicroUsd: MicroUsd;
  /** Whether the emergency band is on. */
  throttling: boolean;
}

/** Where everything about a service stands at one instant: what every ledger keeps, however it keeps it. */
export interface Standing {
  /** By the ledger's clock, microseconds of the epoch. */
  atUs: number;
  arrivalUs: number;
  hourCalls: number;
  /** The youngest minute with calls; meaningless while there are none. */
  hourYoungest: number;
  dayCalls: number;
  periods: Record<PeriodKind, BudgetPeriod>;
  counts: Record<PeriodKind, BudgetCount>;
}

export function tiersAt(standing: Standing, { rules, pace }: CompiledRules): Record<TierName, TierUse> {
  const { limits } = rules;
  const { atUs, arrivalUs, hourCalls, hourYoungest, dayCalls } = standing;
  const atMs = Math.floor(atUs / 1000);
  const hourFreeAtMs = hourCalls > 0 ? leavesAtMs(hourYoungest) : atMs;
  return {
    burst: useOf(limits.burst, paceUsed(pace, arrivalUs, atUs), Math.max(atMs, Math.ceil(arrivalUs / 1000))),
    sustained: useOf(limits.sustainedPerHour, hourCalls, hourFreeAtMs),
    daily: useOf(limits.daily, dayCalls, standing.periods.day.endsAtMs),
  };
}

function useOf(limit: number, used: number, resetAtMs: number): TierUse {
  return { limit, used, remaining: Math.max(0, limit - used), resetAtMs };
}

export function budgetsAt(standing: Standing, { budgets }: CompiledRules): Record<PeriodKind, BudgetUse> {
  const use = (kind: PeriodKind): BudgetUse => {
    const { spentMicroUsd, reservedMicroUsd, leasedMicroUsd, throttling } = standing.counts[kind];
    const { capMicroUsd } = budgets[kind];
    const { key, endsAtMs } = standing.periods[kind];
    const usedMicroUsd = spentMicroUsd + reservedMicroUsd;
    return {
      kind,
      key,
      ...{ capMicroUsd, spentMicroUsd, reservedMicroUsd, leasedMicroUsd },
      remainingMicroUsd: Math.max(0, capMicroUsd - usedMicroUsd - leasedMicroUsd),
      utilisation: capMicroUsd === 0 ? (usedMicroUsd === 0 ? 0 : 1) : usedMicroUsd / capMicroUsd,
      throttling,
      renewsAtMs: endsAtMs,
    };
  };
  return { day: use('day'), month: use('month') };
}
