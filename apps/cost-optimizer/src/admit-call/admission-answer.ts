import type {
  BudgetUse,
  LedgerState,
  PeriodKind,
  Refusal,
  TierName,
  TierUse,
  Verdict,
} from '@signalbox/budgets';
import {
  toUsd,
  type AdmissionAnswer,
  type AdmissionRule,
  type BudgetBand,
  type BudgetPeriodState,
  type TierState,
} from '@signalbox/contracts';

const RULE_OF: Record<Refusal, AdmissionRule> = {
  burst: 'burst',
  sustained: 'sustained',
  daily: 'daily',
  'budget:day': 'budget_day',
  'budget:month': 'budget_month',
  'throttle:day': 'throttle_day',
  'throttle:month': 'throttle_month',
  settled: 'settled',
};

function rulesOf(refusals: readonly Refusal[]): AdmissionRule[] {
  return refusals.map((refusal) => RULE_OF[refusal]);
}

/** Puts a verdict into the words of the wire. */
export function answerOf(verdict: Verdict): AdmissionAnswer {
  const { allowed, expiresAtMs } = verdict;
  return {
    allowed,
    refusedBy: rulesOf(verdict.refusedBy),
    wouldRefuse: rulesOf(verdict.wouldRefuse),
    // Rounded up: who comes back at the second that is named is not too early.
    retryAfterSeconds: allowed ? null : Math.max(1, Math.ceil(verdict.retryAfterMs / 1000)),
    tiers: tierStatesOf(verdict.tiers),
    budget: {
      day: periodStateOf(verdict.budget.day),
      month: periodStateOf(verdict.budget.month),
      band: budgetBandOf(verdict.budget),
    },
    reservationId: verdict.reservationId,
    reservationExpiresAt: expiresAtMs === null ? null : iso(expiresAtMs),
  };
}

export function tierStatesOf(tiers: LedgerState['tiers']): Record<TierName, TierState> {
  const stateOf = ({ limit, used, remaining, resetAtMs }: TierUse): TierState => ({
    limit,
    used,
    remaining,
    resetAt: iso(resetAtMs),
  });
  return { burst: stateOf(tiers.burst), sustained: stateOf(tiers.sustained), daily: stateOf(tiers.daily) };
}

export function periodStateOf(use: BudgetUse): BudgetPeriodState {
  return {
    periodKey: use.key,
    capUsd: toUsd(use.capMicroUsd),
    spentUsd: toUsd(use.spentMicroUsd),
    reservedUsd: toUsd(use.reservedMicroUsd),
    leasedUsd: toUsd(use.leasedMicroUsd),
    remainingUsd: toUsd(use.remainingMicroUsd),
    utilization: millionths(use.utilisation),
    renewsAt: iso(use.renewsAtMs),
  };
}

/** What both budgets together let through. A budget of nothing is exhausted before anything is spent. */
export function budgetBandOf(budget: Record<PeriodKind, BudgetUse>): BudgetBand {
  const uses = [budget.day, budget.month];
  const isSpent = (use: BudgetUse) => use.spentMicroUsd + use.reservedMicroUsd >= use.capMicroUsd;
  if (uses.some(isSpent)) return 'exhausted';
  return uses.some(({ throttling }) => throttling) ? 'throttled' : 'open';
}

const millionths = (ratio: number): number => Math.round(ratio * 1_000_000) / 1_000_000;
const iso = (atMs: number): string => new Date(atMs).toISOString();
