import { SignalboxError, type MicroUsd } from '@signalbox/contracts';
import type { LeaseOrder } from './ledger.js';

/** 10 minutes: longer than any provider's timeout and the delivery of its outcome. */
export const RESERVATION_TTL_MS = 600_000;
/** A dead holder's lease is missing from the budget no longer than this. */
export const MAX_LEASE_MS = 3_600_000;
/** Expiries a sweep takes at once: the ledger serves nobody else meanwhile. */
export const SWEEP_BATCH = 200;
/** What its finder has not journalled or told by then, another one does. */
export const LEFT_AFTER_MS = 10_000;
const MAX_ID_LENGTH = 256;
/** A lease is at most this part of what is left, so that something remains for holders that come late. */
export const LEASE_DIVISOR = 8;

/**
 * What a lease gets of the room in the budget: what is wanted, but no more than an eighth of the room unless even the
 * least that is of use is more. A budget in shadow gives what is wanted.
 */
export function leaseShare(
  { wantMicroUsd, leastMicroUsd }: Pick<LeaseOrder, 'wantMicroUsd' | 'leastMicroUsd'>,
  roomMicroUsd: MicroUsd,
  shadow: boolean,
): MicroUsd {
  if (shadow) return Math.max(wantMicroUsd, leastMicroUsd);
  if (roomMicroUsd < Math.max(1, leastMicroUsd)) return 0;
  return Math.max(leastMicroUsd, Math.min(wantMicroUsd, Math.floor(roomMicroUsd / LEASE_DIVISOR)));
}

/** @throws SignalboxError VALIDATION_FAILED */
export function checkAmount(amount: number, field: string): void {
  if (!Number.isSafeInteger(amount) || amount < 0) {
    throw invalid(field, 'must be a whole number of micro-dollars, 0 or more');
  }
}

/** @throws SignalboxError VALIDATION_FAILED */
export function checkId(id: string, field: string): void {
  if (id.length === 0 || id.length > MAX_ID_LENGTH) {
    throw invalid(field, `must have 1 to ${MAX_ID_LENGTH} characters`);
  }
}

function invalid(path: string, message: string): SignalboxError {
  return new SignalboxError('VALIDATION_FAILED', `${path}: ${message}`, { fields: [{ path, message }] });
}
