import {
  arrivalAfter,
  isThrottling,
  type BudgetCount,
  type CompiledRules,
  type PeriodKind,
  type Standing,
} from '@signalbox/budgets';
import { periodOfKey } from './arguments.js';
import { countIn, type Cell } from './replies.js';
import type { Asking } from './service-scripts.js';

/** The standing in a reply whose budgets begin at `from`: key and four counts of the day, then of the month. */
export function standingIn(
  cells: readonly Cell[],
  from: number,
  atUs: number,
  tiers: Pick<Standing, 'arrivalUs' | 'hourCalls' | 'hourYoungest' | 'dayCalls'>,
  asking: Asking,
): Standing {
  return {
    atUs,
    ...tiers,
    periods: periodsIn(String(cells[from]), String(cells[from + 5]), asking),
    counts: { day: countIn(cells, from + 1), month: countIn(cells, from + 6) },
  };
}

export function periodsIn(
  dayKey: string,
  monthKey: string,
  { calendar, compiled }: Asking,
): Standing['periods'] {
  const { timeZone } = compiled.rules.budget;
  return {
    day: periodOfKey(calendar, 'day', dayKey, timeZone),
    month: periodOfKey(calendar, 'month', monthKey, timeZone),
  };
}

/** The standing as `ADMIT` writes it down. */
export function standingOf(cells: readonly number[], atUs: number, periods: Standing['periods']): Standing {
  const [arrivalUs = 0, hourCalls = 0, hourYoungest = 0, dayCalls = 0] = cells;
  const counts = { day: countIn(cells, 4), month: countIn(cells, 8) };
  return { atUs, arrivalUs, hourCalls, hourYoungest, dayCalls, periods, counts };
}

/** The standing after a call that was admitted plainly: what `ADMIT` does, so that it need not say so for every call. */
export function afterAdmitting(
  before: Standing,
  estimateMicroUsd: number,
  compiled: CompiledRules,
): Standing {
  const { atUs, arrivalUs, hourCalls, hourYoungest, dayCalls, periods, counts } = before;
  const booked = (kind: PeriodKind): BudgetCount => {
    const { spentMicroUsd, leasedMicroUsd, throttling, ...count } = counts[kind];
    const reservedMicroUsd = count.reservedMicroUsd + estimateMicroUsd;
    const { band } = compiled.budgets[kind];
    return {
      ...{ spentMicroUsd, reservedMicroUsd, leasedMicroUsd },
      throttling: isThrottling(band, spentMicroUsd + reservedMicroUsd, throttling),
    };
  };
  return {
    atUs,
    arrivalUs: arrivalAfter(compiled.pace, arrivalUs, atUs),
    hourCalls: hourCalls + 1,
    hourYoungest: Math.max(hourYoungest, Math.floor(atUs / 60_000_000)),
    dayCalls: dayCalls + 1,
    periods,
    counts: { day: booked('day'), month: booked('month') },
  };
}
