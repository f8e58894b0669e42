import {
  periodAfter,
  periodAt,
  type BudgetPeriod,
  type CompiledRules,
  type PeriodKind,
  PERIOD_KINDS,
} from '@signalbox/budgets';
import type { ServiceName } from '@signalbox/contracts';

type Arguments = (string | number)[];

/** All keys of a service lie in one cluster slot. */
export function prefixOf(serviceName: ServiceName): string {
  return `signalbox:admission:{${serviceName}}:`;
}

/** The running periods and those that follow: the script takes the one that the server's own time falls into. */
export interface Calendar {
  day: BudgetPeriod;
  month: BudgetPeriod;
  arguments: Arguments;
  /** The calendar holds until then. */
  endsAtMs: number;
  startsAtMs: number;
}

export function calendarAt(nowMs: number, timeZone: string): Calendar {
  const [day, month] = [periodAt('day', nowMs, timeZone), periodAt('month', nowMs, timeZone)];
  const args = [day, month].flatMap((period) => {
    const next = periodAfter(period, timeZone);
    return [period.key, period.startsAtMs, period.endsAtMs, next.key, next.endsAtMs];
  });
  return { day, month, arguments: args, startsAtMs: day.startsAtMs, endsAtMs: day.endsAtMs };
}

/** The period of that key, which is a running one or the one after it. */
export function periodOfKey(
  calendar: Calendar,
  kind: PeriodKind,
  key: string,
  timeZone: string,
): BudgetPeriod {
  const period = calendar[kind];
  return period.key === key ? period : periodAfter(period, timeZone);
}

/** A threshold that is never reached stands where a budget has none. */
const NEVER = Number.MAX_SAFE_INTEGER;

const budgets = new WeakMap<CompiledRules, Arguments>();

/** Both budgets: cap, leave, enter, middle, three times basis points and amount. */
export function budgetArguments(compiled: CompiledRules): Arguments {
  let args = budgets.get(compiled);
  if (args === undefined) {
    args = PERIOD_KINDS.flatMap((kind) => {
      const { capMicroUsd, band, marks } = compiled.budgets[kind];
      const thresholds = [0, 1, 2].flatMap((at) => {
        const mark = marks[at];
        return mark === undefined ? [0, NEVER] : [mark.basisPoints, mark.atMicroUsd];
      });
      return [capMicroUsd, band.leaveMicroUsd, band.enterMicroUsd, band.middleMicroUsd, ...thresholds];
    });
    budgets.set(compiled, args);
  }
  return args;
}

const tiers = new WeakMap<CompiledRules, Arguments>();

/** Burst interval and tolerance, sustained, daily, then what is in shadow. */
export function tierArguments(compiled: CompiledRules): Arguments {
  let args = tiers.get(compiled);
  if (args === undefined) {
    const { pace, rules, shadow } = compiled;
    const { sustainedPerHour, daily } = rules.limits;
    const flags = [shadow.burst, shadow.sustained, shadow.daily, shadow.budget].map(Number);
    args = [pace.intervalUs, pace.toleranceUs, sustainedPerHour, daily, ...flags];
    tiers.set(compiled, args);
  }
  return args;
}
