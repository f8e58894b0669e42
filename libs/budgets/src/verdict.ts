import type { MicroUsd } from '@signalbox/contracts';
import type { CompiledRules } from './compiled-rules.js';
import type { Movement } from './journal.js';
import { retryAfterMs } from './judge.js';
import type { BudgetAlert, Refusal, Verdict } from './ledger.js';
import type { Reservation } from './reservation.js';
import { budgetsAt, tiersAt, type Standing } from './standing.js';

/** What came of an admission, as a ledger finds it. */
export interface Finding {
  /** After the admission. */
  standing: Standing;
  refusedBy: Refusal[];
  wouldRefuse: Refusal[];
  /** The reservation of that id, new or known; null when refused. */
  reservation: Reservation | null;
  duplicate: boolean;
  overrideDrawMicroUsd: MicroUsd;
  alerts: BudgetAlert[];
  movements: Movement[];
  /** The oldest minute with calls; asked for when the sustained tier refused. */
  oldestMinute: number;
}

/** The answer that every ledger gives. */
export function verdictOf(finding: Finding, compiled: CompiledRules): Verdict {
  const { standing, refusedBy, wouldRefuse, reservation, duplicate, alerts, movements } = finding;
  return {
    allowed: refusedBy.length === 0,
    refusedBy,
    wouldRefuse,
    retryAfterMs: retryAfterMs(refusedBy, standing, compiled, finding.oldestMinute),
    tiers: tiersAt(standing, compiled),
    budget: budgetsAt(standing, compiled),
    reservationId: refusedBy.length === 0 ? (reservation?.reservationId ?? null) : null,
    expiresAtMs: reservation?.state === 'open' ? reservation.expiresAtMs : null,
    duplicate,
    overrideDrawMicroUsd: finding.overrideDrawMicroUsd,
    alerts,
    movements,
    isJournalled: false,
    atMs: Math.floor(standing.atUs / 1000),
  };
}
