import type { LeaseGrant, LeaseOrder } from '../ledger.js';
import { MAX_LEASE_MS, leaseShare } from '../ledger-bounds.js';
import { movementOf, opened } from '../reservation.js';
import { budgetsAt } from '../standing.js';
import { NO_TIER, type Kept, type Turn } from './service-book.js';

export function lease({ book, compiled, nowMs }: Turn, order: LeaseOrder): LeaseGrant {
  const { serviceName, leaseId, ttlMs } = order;
  const { timeZone, shadow = false } = compiled.rules.budget;
  const { periods, ...standing } = book.standing(nowMs, timeZone);
  const budget = budgetsAt({ periods, ...standing }, compiled);
  const none: LeaseGrant = { leaseId, grantedMicroUsd: 0, expiresAtMs: null, budget, movements: [] };
  const grantOf = (kept: Kept): LeaseGrant => ({
    leaseId,
    grantedMicroUsd: kept.reservedMicroUsd,
    expiresAtMs: kept.expiresAtMs,
    budget: budgetsAt(book.standing(nowMs, timeZone), compiled),
    movements: [movementOf('lease', serviceName, book.generation, kept)],
  });
  const known = book.reservations.get(leaseId);
  if (known !== undefined) return known.isLease && known.state === 'open' ? grantOf(known) : none;
  const room = Math.min(budget.day.remainingMicroUsd, budget.month.remainingMicroUsd);
  const granted = leaseShare(order, room, shadow);
  if (granted === 0) return none;
  const kept: Kept = {
    ...opened(leaseId, nowMs, { dayKey: periods.day.key, monthKey: periods.month.key }),
    isLease: true,
    reservedMicroUsd: granted,
    leftMicroUsd: granted,
    // Never beyond its day: the next one's budget has not been asked.
    expiresAtMs: Math.min(nowMs + Math.min(ttlMs, MAX_LEASE_MS), periods.day.endsAtMs),
    taken: NO_TIER,
  };
  book.book(kept, { leasedMicroUsd: granted }, compiled, nowMs);
  book.reservations.set(leaseId, kept);
  return grantOf(kept);
}
