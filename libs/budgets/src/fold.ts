import type { EntryState, LedgerEntry, Movement } from './journal.js';

/** A later state outweighs an earlier one, in whatever order the movements are read. */
const WEIGHT: Record<EntryState, number> = { open: 0, expired: 1, released: 2, committed: 3 };

const STATE_AFTER: Record<Exclude<Movement['kind'], 'alert'>, EntryState> = {
  reserve: 'open',
  transfer: 'open',
  lease: 'open',
  expire: 'expired',
  release: 'released',
  return: 'released',
  commit: 'committed',
};

/**
 * The entry after one more of its movements. Any order, and repetitions, lead to the same entry. An `alert` is about no
 * entry: leave it out.
 */
export function foldMovement(entry: LedgerEntry | undefined, movement: Movement): LedgerEntry {
  if (movement.kind === 'alert') throw new RangeError('an alert is about no entry');
  const before: LedgerEntry = entry ?? {
    serviceName: movement.serviceName,
    reservationId: movement.reservationId,
    isLease: false,
    state: STATE_AFTER[movement.kind],
    reservedMicroUsd: 0,
    spentMicroUsd: 0,
    dayKey: movement.dayKey,
    monthKey: movement.monthKey,
    reservedAtMs: movement.reservedAtMs,
    expiresAtMs: null,
    settledAtMs: null,
    leaseId: null,
    overrideId: null,
    overrideDrawMicroUsd: 0,
  };
  const opened = isOpening(movement) ? openedBy(before, movement) : before;
  const settled = settledBy(opened, movement);
  return {
    ...settled,
    isLease: settled.isLease || movement.kind === 'lease' || movement.kind === 'return',
    overrideId: settled.overrideId ?? movement.overrideId,
  };
}

function isOpening({ kind }: Movement): boolean {
  return kind === 'reserve' || kind === 'transfer' || kind === 'lease';
}

function openedBy(entry: LedgerEntry, movement: Movement): LedgerEntry {
  return {
    ...entry,
    reservedMicroUsd: movement.amountMicroUsd,
    dayKey: movement.dayKey,
    monthKey: movement.monthKey,
    reservedAtMs: movement.reservedAtMs,
    expiresAtMs: movement.expiresAtMs,
    leaseId: movement.leaseId,
    // A commit says what was drawn in the end.
    overrideDrawMicroUsd:
      entry.state === 'committed' ? entry.overrideDrawMicroUsd : movement.overrideDrawMicroUsd,
  };
}

function settledBy(entry: LedgerEntry, movement: Movement): LedgerEntry {
  const state = STATE_AFTER[movement.kind as keyof typeof STATE_AFTER];
  if (state === 'open' || WEIGHT[state] < WEIGHT[entry.state]) return entry;
  if (state !== 'committed') return { ...entry, state, settledAtMs: movement.atMs };
  return {
    ...entry,
    state,
    settledAtMs: movement.atMs,
    spentMicroUsd: movement.amountMicroUsd,
    overrideDrawMicroUsd: movement.overrideDrawMicroUsd,
  };
}
