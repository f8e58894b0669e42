import type { CallPriority, MicroUsd } from '@signalbox/contracts';
import { admitBasisPoints, isThrottling } from './band.js';
import type { CompiledRules } from './compiled-rules.js';
import { leavesAtMs } from './hour-window.js';
import type { OverrideDraw, Refusal } from './ledger.js';
import { arrivalAfter } from './pacing.js';
import { PERIOD_KINDS, type PeriodKind } from './period.js';
import { TIER_NAMES, type TierName } from './rules.js';
import type { Standing } from './standing.js';

/** What is asked of the rules. */
export interface Question {
  priority: CallPriority;
  estimateMicroUsd: MicroUsd;
  /** See `drawOf`. */
  draw: number;
  force: boolean;
  /** A lease pays: the budgets were asked when it was given. */
  isPaid: boolean;
  override: OverrideDraw | null;
  /** Drawn on that override so far. */
  drawnMicroUsd: MicroUsd;
}

export interface Judgement {
  refusedBy: Refusal[];
  wouldRefuse: Refusal[];
  /** The tiers that the call counts in. */
  takes: Record<TierName, boolean>;
  overrideDrawMicroUsd: MicroUsd;
}

/** Asks every rule, so that an answer names all that stand against the call. */
export function judge(standing: Standing, compiled: CompiledRules, question: Question): Judgement {
  const { shadow } = compiled;
  const full = fullTiers(standing, compiled);
  const { refusals, overrideDrawMicroUsd } = question.isPaid
    ? { refusals: [], overrideDrawMicroUsd: 0 }
    : askBudgets(standing, compiled, question);
  const refusedBy: Refusal[] = [];
  const wouldRefuse: Refusal[] = [];
  for (const tier of TIER_NAMES.filter((name) => full[name])) {
    (shadow[tier] || question.force ? wouldRefuse : refusedBy).push(tier);
  }
  for (const refusal of refusals) (shadow.budget || question.force ? wouldRefuse : refusedBy).push(refusal);
  // What a tier in shadow would have refused does not count in it: refused calls never do. A call that was made does.
  const takes = (tier: TierName): boolean => !full[tier] || (question.force && tier !== 'burst');
  return {
    refusedBy,
    wouldRefuse,
    takes: { burst: takes('burst'), sustained: takes('sustained'), daily: takes('daily') },
    overrideDrawMicroUsd: refusedBy.length > 0 ? 0 : overrideDrawMicroUsd,
  };
}

function fullTiers(standing: Standing, { rules, pace }: CompiledRules): Record<TierName, boolean> {
  const { atUs, arrivalUs, hourCalls, dayCalls } = standing;
  return {
    burst: arrivalAfter(pace, arrivalUs, atUs) > atUs + pace.toleranceUs,
    sustained: hourCalls >= rules.limits.sustainedPerHour,
    daily: dayCalls >= rules.limits.daily,
  };
}

interface BudgetAnswer {
  refusals: Refusal[];
  overrideDrawMicroUsd: MicroUsd;
}

function askBudgets(standing: Standing, compiled: CompiledRules, question: Question): BudgetAnswer {
  const refusals: Refusal[] = [];
  let pastCap = 0;
  for (const kind of PERIOD_KINDS) {
    const { spentMicroUsd, reservedMicroUsd, leasedMicroUsd, throttling } = standing.counts[kind];
    const { band, capMicroUsd } = compiled.budgets[kind];
    const used = spentMicroUsd + reservedMicroUsd;
    const room = Math.max(0, capMicroUsd - used - leasedMicroUsd);
    if (question.estimateMicroUsd > room) {
      pastCap = Math.max(pastCap, question.estimateMicroUsd - room);
      refusals.push(`budget:${kind}`);
    } else if (isThrottling(band, used, throttling)) {
      if (question.draw >= admitBasisPoints(band, used, question.priority)) refusals.push(`throttle:${kind}`);
    }
  }
  const { override, priority, drawnMicroUsd } = question;
  const pays =
    pastCap > 0 &&
    override !== null &&
    priority === 'CRITICAL' &&
    standing.atUs < override.expiresAtMs * 1000 &&
    drawnMicroUsd + pastCap <= override.amountMicroUsd;
  return pays ? { refusals: [], overrideDrawMicroUsd: pastCap } : { refusals, overrideDrawMicroUsd: 0 };
}

/** How long from now until the last of the refusing rules may let a call through, ms. */
export function retryAfterMs(
  refusedBy: readonly Refusal[],
  standing: Standing,
  { pace }: CompiledRules,
  oldestMinute: number,
): number {
  const { atUs, arrivalUs, periods } = standing;
  const atMs = Math.floor(atUs / 1000);
  const waits = refusedBy.map((refusal): number => {
    if (refusal === 'burst') return Math.ceil((arrivalUs + pace.intervalUs - pace.toleranceUs - atUs) / 1000);
    if (refusal === 'sustained') return leavesAtMs(oldestMinute) - atMs;
    if (refusal === 'daily') return periods.day.endsAtMs - atMs;
    if (refusal === 'settled') return 0;
    const [, kind] = refusal.split(':') as [string, PeriodKind];
    return periods[kind].endsAtMs - atMs;
  });
  return Math.max(0, ...waits);
}
