import type { CallPriority, MicroUsd } from '@signalbox/contracts';
import { drawOf } from '../band.js';
import { judge } from '../judge.js';
import type { OverrideDraw, Verdict } from '../ledger.js';
import { alertMovement, movementOf, opened, openingKind } from '../reservation.js';
import { verdictOf } from '../verdict.js';
import type { Kept, Turn } from './service-book.js';

export interface Asked {
  requestId: string;
  priority: CallPriority;
  estimateMicroUsd: MicroUsd;
  override: OverrideDraw | null;
  force: boolean;
  leaseId: string | null;
}

/** Judges a call and, if nothing stands against it, reserves for it. */
export function ask(turn: Turn, asked: Asked, ttlMs: number): Verdict {
  const { book, compiled, nowMs } = turn;
  const { requestId, estimateMicroUsd, override } = asked;
  const known = book.reservations.get(requestId);
  if (known !== undefined) return askedAgain(turn, asked, known);
  const standing = book.standing(nowMs, compiled.rules.budget.timeZone);
  const paying = payingLease(turn, asked);
  const { refusedBy, wouldRefuse, takes, overrideDrawMicroUsd } = judge(standing, compiled, {
    ...asked,
    draw: drawOf(requestId),
    isPaid: paying !== null,
    drawnMicroUsd: override === null ? 0 : (book.drawnMicroUsd.get(override.overrideId) ?? 0),
  });
  const oldestMinute = book.oldestMinute();
  const finding = { refusedBy, wouldRefuse, duplicate: false, overrideDrawMicroUsd, oldestMinute };
  if (refusedBy.length > 0) {
    return verdictOf({ ...finding, standing, reservation: null, alerts: [], movements: [] }, compiled);
  }
  const { day, month } = standing.periods;
  const kept: Kept = {
    ...opened(requestId, nowMs, paying ?? { dayKey: day.key, monthKey: month.key }),
    reservedMicroUsd: estimateMicroUsd,
    expiresAtMs: nowMs + ttlMs,
    leaseId: paying?.reservationId ?? null,
    overrideId: overrideDrawMicroUsd > 0 && override !== null ? override.overrideId : null,
    overrideDrawMicroUsd,
    taken: takes,
  };
  book.takeTokens(takes, compiled, nowMs, kept.dayKey);
  book.drawOverride(kept.overrideId, overrideDrawMicroUsd);
  if (paying !== null) paying.leftMicroUsd -= estimateMicroUsd;
  const leasedMicroUsd = paying === null ? 0 : -estimateMicroUsd;
  const alerts = book.book(kept, { reservedMicroUsd: estimateMicroUsd, leasedMicroUsd }, compiled, nowMs);
  book.reservations.set(requestId, kept);
  const { serviceName, generation } = book;
  const movements = [
    movementOf(openingKind(kept), serviceName, generation, kept),
    ...alerts.map((alert) => alertMovement(alert, generation)),
  ];
  const after = book.standing(nowMs, compiled.rules.budget.timeZone);
  return verdictOf({ ...finding, standing: after, reservation: kept, alerts, movements }, compiled);
}

/** The lease that was named, if it is open and has enough left. */
function payingLease({ book }: Turn, { leaseId, estimateMicroUsd }: Asked): Kept | null {
  const lease = leaseId === null ? undefined : book.reservations.get(leaseId);
  return lease?.isLease && lease.state === 'open' && lease.leftMicroUsd >= estimateMicroUsd ? lease : null;
}

function askedAgain({ book, compiled, nowMs }: Turn, { force }: Asked, known: Kept): Verdict {
  const { serviceName, generation } = book;
  const isOver = known.isLease || known.state === 'released' || known.state === 'expired';
  return verdictOf(
    {
      standing: book.standing(nowMs, compiled.rules.budget.timeZone),
      refusedBy: isOver && !force ? ['settled'] : [],
      wouldRefuse: isOver && force ? ['settled'] : [],
      reservation: known,
      duplicate: true,
      overrideDrawMicroUsd: known.overrideDrawMicroUsd,
      alerts: [],
      // Whoever asked first may have died before it was journalled.
      movements:
        known.state === 'open' && !known.isLease
          ? [movementOf(openingKind(known), serviceName, generation, known)]
          : [],
      oldestMinute: 0,
    },
    compiled,
  );
}
