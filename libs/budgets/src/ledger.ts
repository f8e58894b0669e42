import type { CallPriority, MicroUsd, ServiceName } from '@signalbox/contracts';
import type { AlertLevel } from './alerts.js';
import type { Movement, LedgerSnapshot } from './journal.js';
import type { PeriodKind } from './period.js';
import type { TierName } from './rules.js';

/** The rules that can refuse a call. */
export const REFUSALS = [
  'burst',
  'sustained',
  'daily',
  'budget:day',
  'budget:month',
  'throttle:day',
  'throttle:month',
  /** The id's reservation was released or has expired: ask under another id. */
  'settled',
] as const;
export type Refusal = (typeof REFUSALS)[number];

/** What an emergency override lets critical calls spend past the cap; the ledger never draws more than the amount. */
export interface OverrideDraw {
  overrideId: string;
  amountMicroUsd: MicroUsd;
  expiresAtMs: number;
}

/** May this call go now? */
export interface AdmissionRequest {
  serviceName: ServiceName;
  /** Opaque, at most 256 characters; one id is one reservation, however often it is asked for. */
  requestId: string;
  priority: CallPriority;
  estimateMicroUsd: MicroUsd;
  override?: OverrideDraw | null;
  /** Records a decision that has been made already: nothing refuses it, and `wouldRefuse` says what would have. */
  force?: boolean;
}

export interface TierUse {
  limit: number;
  used: number;
  remaining: number;
  /** When all of it is free again, if nothing else comes; epoch ms. */
  resetAtMs: number;
}

export interface BudgetUse {
  kind: PeriodKind;
  /** `2026-11-21` or `2026-11`, in the service's time zone. */
  key: string;
  capMicroUsd: MicroUsd;
  spentMicroUsd: MicroUsd;
  reservedMicroUsd: MicroUsd;
  /** Set aside for holders of leases and not drawn yet. */
  leasedMicroUsd: MicroUsd;
  /** Cap less spent, reserved and leased; never below 0. */
  remainingMicroUsd: MicroUsd;
  /** (spent + reserved) ÷ cap; above 1 when a call cost more than its estimate or an override paid. */
  utilisation: number;
  throttling: boolean;
  renewsAtMs: number;
}

/** A budget crossed a threshold: said once per budget, period and threshold, by the step that crossed it. */
export interface BudgetAlert {
  /** `stripe:day:2026-11-21:8500`: the same wherever and however often it is told. */
  alertId: string;
  serviceName: ServiceName;
  kind: PeriodKind;
  key: string;
  level: AlertLevel;
  /** 0..1. */
  threshold: number;
  capMicroUsd: MicroUsd;
  spentMicroUsd: MicroUsd;
  reservedMicroUsd: MicroUsd;
  atMs: number;
}

/** The answer to an admission, and where every rule stands after it. */
export interface Verdict {
  allowed: boolean;
  /** Every rule that refused; empty when allowed. */
  refusedBy: Refusal[];
  /** Rules in shadow mode, or overruled by `force`, that would have refused. */
  wouldRefuse: Refusal[];
  /** 0 when allowed; else when the last of the refusing rules may let it through. */
  retryAfterMs: number;
  tiers: Record<TierName, TierUse>;
  budget: Record<PeriodKind, BudgetUse>;
  /** The requestId, when there is a reservation. */
  reservationId: string | null;
  /** When the reservation is swept unless it is settled; null without one. */
  expiresAtMs: number | null;
  /** The id was known already (reserved, or settled before it was reserved): nothing was taken. */
  duplicate: boolean;
  /** What this reservation takes of the override. */
  overrideDrawMicroUsd: MicroUsd;
  alerts: BudgetAlert[];
  /** What must be in the journal before the answer may be relied on; also for a duplicate. */
  movements: Movement[];
  /** False: not in the journal, so that a ledger that is lost now forgets it. */
  isJournalled: boolean;
  /** By the ledger's clock. */
  atMs: number;
}

/** What became of a settlement. */
export interface Settlement {
  /** False: it was settled so before, or there was nothing to settle. */
  changed: boolean;
  alerts: BudgetAlert[];
  movements: Movement[];
}

export interface CommitOrder {
  serviceName: ServiceName;
  reservationId: string;
  actualMicroUsd: MicroUsd;
}

export interface ReservationRef {
  serviceName: ServiceName;
  reservationId: string;
}

export interface LeaseOrder {
  serviceName: ServiceName;
  /** Chosen by the holder, never used again: asking twice leases once. */
  leaseId: string;
  holder: string;
  wantMicroUsd: MicroUsd;
  /** Less than this is of no use, and nothing is given instead. */
  leastMicroUsd: MicroUsd;
  /** How long the holder may draw; at most an hour. */
  ttlMs: number;
}

export interface LeaseRef {
  serviceName: ServiceName;
  leaseId: string;
}

export interface LeaseGrant {
  leaseId: string;
  /** 0: nothing to be had. */
  grantedMicroUsd: MicroUsd;
  /** After this the rest is taken back: stop drawing some seconds before. */
  expiresAtMs: number | null;
  budget: Record<PeriodKind, BudgetUse>;
  movements: Movement[];
}

export interface TransferOrder {
  serviceName: ServiceName;
  leaseId: string;
  requestId: string;
  priority: CallPriority;
  amountMicroUsd: MicroUsd;
}

export interface Sweep {
  expired: number;
  /** More was due than one sweep takes. */
  more: boolean;
  movements: Movement[];
  /** Alerts decided 10 seconds ago or earlier but not confirmed by `alertsTold`: who was to tell them may have died. */
  untoldAlerts: BudgetAlert[];
}

export interface LedgerState {
  serviceName: ServiceName;
  generation: number;
  atMs: number;
  tiers: Record<TierName, TierUse>;
  budget: Record<PeriodKind, BudgetUse>;
  openReservations: number;
}

/**
 * The ledger of what services may spend and how often they may be called: reserve, then commit or release.
 * Every method is one atomic step and idempotent by the id it is given. A ledger that has lost its memory
 * rejects with `LedgerLost` until `restore`.
 */
export interface AdmissionLedger {
  /** All tiers and both budgets, or none: a refusal changes nothing. A refused id may ask again. */
  admit(request: AdmissionRequest): Promise<Verdict>;
  /**
   * What the call really cost, which may be more than estimated. Without a reservation it creates the settled entry in
   * today's budgets. A commit outweighs a release or an expiry that came before it.
   */
  commit(order: CommitOrder): Promise<Settlement>;
  /** The call was never made: gives back the money and the tiers' tokens. Nothing after a commit. */
  release(order: ReservationRef): Promise<Settlement>;
  /** Sets money aside for a holder who will decide without asking. Takes no tokens of the tiers. */
  lease(order: LeaseOrder): Promise<LeaseGrant>;
  /** Turns a part of a lease into a reservation; a forced one where the lease has ended or is too small. */
  transfer(order: TransferOrder): Promise<Verdict>;
  /** Gives back what is left of a lease. */
  returnLease(order: LeaseRef): Promise<Settlement>;
  /**
   * Takes back what has expired, a bounded number a call, and forgets what was settled a day ago. Whoever runs a ledger
   * calls it every second or so, and again at once while there is more.
   */
  sweep(serviceName: ServiceName): Promise<Sweep>;
  /** These alerts have been told for good. */
  alertsTold(serviceName: ServiceName, alertIds: readonly string[]): Promise<void>;
  /** These commits are in the journal for good. */
  journalled(serviceName: ServiceName, reservationIds: readonly string[]): Promise<void>;
  state(serviceName: ServiceName): Promise<LedgerState>;
  /** Of many who find it lost, true for one, who then restores it; for the others again after some seconds. */
  claimRestore(serviceName: ServiceName): Promise<boolean>;
  /** Replaces everything about the service by the snapshot; false when the ledger is of that generation or a later one already. */
  restore(snapshot: LedgerSnapshot): Promise<boolean>;
}

/** The ledger does not know this service's counts (it came up empty, or is being restored): rebuild it, then ask again. */
export class LedgerLost extends Error {
  override readonly name = 'LedgerLost';

  constructor(readonly serviceName: ServiceName) {
    super(`the ledger of ${serviceName} must be rebuilt from the journal`);
  }
}
