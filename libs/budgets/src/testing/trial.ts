import type { ServiceName } from '@signalbox/contracts';
import type { AdmissionLedger, AdmissionRequest, LedgerState, Settlement, Verdict } from '../ledger.js';
import type { AdmissionRules } from '../rules.js';
import { aRuleSet, type RulesOverrides } from './rules.js';

/** A ledger under test: lost until it is restored, as on the first day. */
export interface LedgerRig {
  /** A ledger of these rules that knows nothing of what other tests did to the service. */
  open(rules: AdmissionRules, reservationTtlMs?: number): Promise<AdmissionLedger>;
  /** Lets time pass at least this long, by whatever clock the ledger has. */
  elapse(ms: number): Promise<void>;
}

export const SERVICE: ServiceName = 'stripe';

type Ask = Partial<AdmissionRequest>;

/** The moves that the suites share. */
export class Trial {
  private serial = 0;
  generation = 0;

  constructor(readonly rig: () => LedgerRig) {}

  /** A ledger that has been restored from nothing. */
  readonly ready = async (overrides: RulesOverrides = {}, ttlMs?: number): Promise<AdmissionLedger> => {
    const ledger = await this.rig().open(aRuleSet(overrides), ttlMs);
    this.generation += 1;
    await ledger.restore({
      serviceName: SERVICE,
      generation: this.generation,
      ...{ periods: [], entries: [], transferredMicroUsd: {}, callsByMinute: [], alertIds: [] },
    });
    return ledger;
  };

  readonly newId = (): string => `id-${++this.serial}`;

  /** A call of HIGH priority that costs nothing, unless said otherwise. */
  readonly ask = (ledger: AdmissionLedger, request: Ask = {}): Promise<Verdict> =>
    ledger.admit({
      serviceName: SERVICE,
      requestId: this.newId(),
      priority: 'HIGH',
      estimateMicroUsd: 0,
      ...request,
    });

  readonly spend = (
    ledger: AdmissionLedger,
    actualMicroUsd: number,
    reservationId = this.newId(),
  ): Promise<Settlement> => ledger.commit({ serviceName: SERVICE, reservationId, actualMicroUsd });

  readonly stateOf = async (ledger: AdmissionLedger) => counts(await ledger.state(SERVICE));
}

/** Calls used of each tier; spent, reserved and leased of each budget. */
export function counts({ tiers, budget }: LedgerState | Verdict) {
  return {
    used: [tiers.burst.used, tiers.sustained.used, tiers.daily.used],
    day: [budget.day.spentMicroUsd, budget.day.reservedMicroUsd, budget.day.leasedMicroUsd],
    month: [budget.month.spentMicroUsd, budget.month.reservedMicroUsd, budget.month.leasedMicroUsd],
  };
}
