import type { MicroUsd, ServiceName } from '@signalbox/contracts';
import type { PeriodKind } from './period.js';

export const MOVEMENT_KINDS = [
  'reserve',
  'transfer',
  'commit',
  'release',
  'expire',
  'lease',
  'return',
  'alert',
] as const;
export type MovementKind = (typeof MOVEMENT_KINDS)[number];

/**
 * One change of one reservation or lease. Movements of one id can be journalled in any order and more than once:
 * `movementId` tells repetitions, and `foldMovement` gives the same entry for every order.
 */
export interface Movement {
  /** `stripe:commit:<id>`: unique for all time. */
  movementId: string;
  kind: MovementKind;
  /** Of the ledger that made it; the journal refuses those of a ledger that has been rebuilt since. */
  generation: number;
  serviceName: ServiceName;
  /** Of the reservation; for `lease` and `return` (and `expire` of one) the lease's id; for `alert` the alert's. */
  reservationId: string;
  /** reserve, transfer, lease: what is set aside. commit: what it cost. All others: 0. */
  amountMicroUsd: MicroUsd;
  /** The budgets it is booked in. */
  dayKey: string;
  monthKey: string;
  /** By the ledger's clock, epoch ms. For a commit, release or expiry: of the reservation, when it is known. */
  reservedAtMs: number;
  atMs: number;
  /** reserve, transfer, lease: when it is swept. */
  expiresAtMs: number | null;
  /** transfer: the lease it was taken from; null when it was forced past it. */
  leaseId: string | null;
  overrideId: string | null;
  overrideDrawMicroUsd: MicroUsd;
}

export type EntryState = 'open' | 'committed' | 'released' | 'expired';

/** A reservation or lease as all of its movements leave it. */
export interface LedgerEntry {
  serviceName: ServiceName;
  reservationId: string;
  isLease: boolean;
  state: EntryState;
  /** What was set aside; for a lease, without regard to what was transferred out of it. 0 for a commit out of the blue. */
  reservedMicroUsd: MicroUsd;
  /** 0 unless committed. */
  spentMicroUsd: MicroUsd;
  dayKey: string;
  monthKey: string;
  reservedAtMs: number;
  expiresAtMs: number | null;
  settledAtMs: number | null;
  leaseId: string | null;
  overrideId: string | null;
  overrideDrawMicroUsd: MicroUsd;
}

/** A budget's period in a snapshot: what is settled. What is reserved follows from the entries. */
export interface PeriodSnapshot {
  kind: PeriodKind;
  key: string;
  /** Sum of `spentMicroUsd` over all entries booked in it. */
  spentMicroUsd: MicroUsd;
  /** Entries booked in it that are calls and were not released. */
  calls: number;
}

/** A service's ledger as the journal knows it. */
export interface LedgerSnapshot {
  serviceName: ServiceName;
  generation: number;
  /** Every period that ends after, or less than two days before, the snapshot. */
  periods: PeriodSnapshot[];
  /** Every open reservation and lease, and every one settled in the last 24 hours (`SETTLED_MEMORY_MS`). */
  entries: LedgerEntry[];
  /** Lease id → what has been transferred out of it, of open leases. */
  transferredMicroUsd: Record<string, MicroUsd>;
  /** Calls (not released) by the minute of the epoch they were reserved in, over the last 61: [minute, calls]. */
  callsByMinute: [minute: number, calls: number][];
  /** Ids of the alerts of these periods: of the movements of kind `alert`. */
  alertIds: string[];
}

/** How long a settled id is remembered, so that the same settlement coming again changes nothing. */
export const SETTLED_MEMORY_MS = 24 * 3_600_000;

/**
 * Where movements are kept for good. `append` and `openGeneration` must be serialised per service: an append of
 * generation g is stored if and only if the service's generation is g when it is stored (in PostgreSQL: a row per
 * service, locked FOR SHARE by appends and FOR UPDATE by `openGeneration`).
 */
export interface Journal {
  /**
   * Stores all that may be stored, durably, before it resolves; per movement, whether it is stored (true also when
   * it was before). False: a later generation exists, and the movement is void. Rejects when nothing is known.
   */
  append(movements: readonly Movement[]): Promise<readonly boolean[]>;
  /** Raises the service's generation by one, so that no earlier movement can be stored any more, and reads all that was. */
  openGeneration(serviceName: ServiceName): Promise<LedgerSnapshot>;
}
