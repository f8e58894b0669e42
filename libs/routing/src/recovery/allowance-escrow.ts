import type { MicroUsd } from '@signalbox/contracts';
import {
  expireOverride,
  leaseOf,
  leasedMicroUsdOf,
  reportSpend,
  withLease,
  type OverrideState,
} from './emergency-override.js';

/**
 * The escrow of an override's amount (after the escrow method of O'Neil 1986: quantities are set aside
 * beforehand, so that the use needs no coordination). The invariant, whatever the interleaving of replicas:
 * what is leased, spent included, never exceeds the amount.
 *
 * A replica that dies takes the unspent rest of its chunk with it. So an override can end with some of it
 * unused, and never with more than it.
 */

/** A chunk is this part of what is left: few leases at first, and something for a replica that comes late. */
const CHUNK_DIVISOR = 8;

export interface Lease {
  state: OverrideState;
  /** What the replica may now draw in addition; 0 when nothing is left or the override has ended. */
  chunkMicroUsd: MicroUsd;
}

/** `atLeastMicroUsd`: what the replica needs for its next call. A rest below that is not given out. */
export function leaseAllowance(
  state: OverrideState,
  replicaId: string,
  atLeastMicroUsd: MicroUsd,
  nowMs: number,
): Lease {
  const current = expireOverride(state, nowMs);
  const left = current.terms.amountMicroUsd - leasedMicroUsdOf(current);
  if (current.phase.kind === 'ended' || left < Math.max(1, atLeastMicroUsd))
    return { state: current, chunkMicroUsd: 0 };
  const chunkMicroUsd = Math.max(1, atLeastMicroUsd, Math.floor(left / CHUNK_DIVISOR));
  const lease = leaseOf(current, replicaId);
  return {
    state: withLease(current, replicaId, { ...lease, leasedMicroUsd: lease.leasedMicroUsd + chunkMicroUsd }),
    chunkMicroUsd,
  };
}

/**
 * A replica gives back what it has not spent (it shuts down, or its rest is too small for a call), reporting
 * its spending as in `reportSpend`. It must have stopped drawing before.
 */
export function returnAllowance(
  state: OverrideState,
  replicaId: string,
  spentMicroUsd: MicroUsd,
  nowMs: number,
): OverrideState {
  const current = reportSpend(state, replicaId, spentMicroUsd, nowMs);
  const lease = leaseOf(current, replicaId);
  return withLease(current, replicaId, { ...lease, leasedMicroUsd: lease.spentMicroUsd });
}
