import {
  SignalboxError,
  toMicroUsd,
  toUsd,
  type MicroUsd,
  type OverrideEndReason,
  type ServiceName,
} from '@signalbox/contracts';

/** The most an override may allow unless configured otherwise. */
export const DEFAULT_OVERRIDE_CAP_MICRO_USD = toMicroUsd(5_000);

/** Agreed when it was activated; never changes. */
export interface OverrideTerms {
  readonly overrideId: string;
  readonly serviceName: ServiceName;
  /** Past the budget, and no more. */
  readonly amountMicroUsd: MicroUsd;
  /** What the cheapest call costs: less than this left is as good as spent. */
  readonly leastCallMicroUsd: MicroUsd;
  readonly activatedAtMs: number;
  readonly expiresAtMs: number;
}

/**
 * What one replica holds of the allowance, as running totals, so that a report that comes twice changes
 * nothing. A replica that restarts starts its totals anew: it must come back under another id.
 */
export interface AllowanceLease {
  readonly leasedMicroUsd: MicroUsd;
  /** Never more than was leased. */
  readonly spentMicroUsd: MicroUsd;
}

export type OverridePhase =
  | { readonly kind: 'active' }
  | { readonly kind: 'ended'; readonly reason: OverrideEndReason; readonly endedAtMs: number };

/**
 * An emergency override with its escrow: replicas draw on chunks leased to them beforehand, so a decision asks
 * nobody and the fleet still cannot pass the amount. Plain JSON; it lives in one place that is written by
 * compare-and-set, and every function here gives the next value.
 */
export interface OverrideState {
  readonly terms: OverrideTerms;
  readonly leases: Readonly<Record<string, AllowanceLease>>;
  readonly phase: OverridePhase;
}

export interface OverrideOrder {
  overrideId: string;
  serviceName: ServiceName;
  amountMicroUsd: MicroUsd;
  leastCallMicroUsd: MicroUsd;
  /** 1 to 240. */
  durationMinutes: number;
}

/** Throws VALIDATION_FAILED for an amount past the cap or not a whole number of micro-dollars above 0. */
export function openOverride(
  order: OverrideOrder,
  nowMs: number,
  capMicroUsd: MicroUsd = DEFAULT_OVERRIDE_CAP_MICRO_USD,
): OverrideState {
  const { durationMinutes, ...terms } = order;
  if (!Number.isSafeInteger(order.amountMicroUsd) || order.amountMicroUsd <= 0) {
    throw badField('maxBudgetOverride', 'must be above 0');
  }
  if (order.amountMicroUsd > capMicroUsd) {
    throw badField('maxBudgetOverride', `must be at most $${toUsd(capMicroUsd)}, the configured cap`);
  }
  if (!Number.isInteger(durationMinutes) || durationMinutes < 1 || durationMinutes > 240) {
    throw badField('durationMinutes', 'must be 1 to 240');
  }
  const expiresAtMs = nowMs + durationMinutes * 60_000;
  return { terms: { ...terms, activatedAtMs: nowMs, expiresAtMs }, leases: {}, phase: { kind: 'active' } };
}

/** Ends it when its time is over; otherwise the same object. */
export function expireOverride(state: OverrideState, nowMs: number): OverrideState {
  return state.phase.kind === 'active' && nowMs >= state.terms.expiresAtMs
    ? endOverride(state, 'expired', state.terms.expiresAtMs)
    : state;
}

/** Ends it early; one that has ended stays as it ended. */
export function cancelOverride(state: OverrideState, nowMs: number): OverrideState {
  const current = expireOverride(state, nowMs);
  return current.phase.kind === 'active' ? endOverride(current, 'cancelled', nowMs) : current;
}

/**
 * A replica's spending, as its running total under this override. Taken also after the end: calls that were
 * decided before it are paid after it. Throws when the total passes what the replica leased, since then
 * somebody drew on what was never theirs.
 */
export function reportSpend(
  state: OverrideState,
  replicaId: string,
  spentMicroUsd: MicroUsd,
  nowMs: number,
): OverrideState {
  const current = expireOverride(state, nowMs);
  const lease = leaseOf(current, replicaId);
  if (spentMicroUsd > lease.leasedMicroUsd) {
    throw new RangeError(
      `${replicaId} spent ${spentMicroUsd} of ${lease.leasedMicroUsd} micro-dollars leased under ${current.terms.overrideId}`,
    );
  }
  // Reports can overtake each other; the total only rises.
  if (spentMicroUsd <= lease.spentMicroUsd) return current;
  const next = withLease(current, replicaId, { ...lease, spentMicroUsd });
  const left = next.terms.amountMicroUsd - spentMicroUsdOf(next);
  return next.phase.kind === 'active' && left < Math.max(1, next.terms.leastCallMicroUsd)
    ? endOverride(next, 'spent', nowMs)
    : next;
}

/** What all replicas have spent. */
export function spentMicroUsdOf({ leases }: OverrideState): MicroUsd {
  return Object.values(leases).reduce((sum, lease) => sum + lease.spentMicroUsd, 0);
}

/** What replicas hold or have spent: never more than the amount. */
export function leasedMicroUsdOf({ leases }: OverrideState): MicroUsd {
  return Object.values(leases).reduce((sum, lease) => sum + lease.leasedMicroUsd, 0);
}

export function leaseOf({ leases }: OverrideState, replicaId: string): AllowanceLease {
  return leases[replicaId] ?? { leasedMicroUsd: 0, spentMicroUsd: 0 };
}

export function withLease(state: OverrideState, replicaId: string, lease: AllowanceLease): OverrideState {
  return { ...state, leases: { ...state.leases, [replicaId]: lease } };
}

function endOverride(state: OverrideState, reason: OverrideEndReason, endedAtMs: number): OverrideState {
  return { ...state, phase: { kind: 'ended', reason, endedAtMs } };
}

function badField(path: string, message: string): SignalboxError {
  return new SignalboxError('VALIDATION_FAILED', `${path}: ${message}`, { fields: [{ path, message }] });
}
