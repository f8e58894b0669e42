import type { MicroUsd, ServiceName } from '@signalbox/contracts';
import type { EntryState, Movement, MovementKind } from './journal.js';
import type { BudgetAlert } from './ledger.js';

/** What a ledger keeps of a reservation or lease. */
export interface Reservation {
  reservationId: string;
  isLease: boolean;
  state: EntryState;
  /** Set aside at first. */
  reservedMicroUsd: MicroUsd;
  /** Of a lease: not transferred yet. */
  leftMicroUsd: MicroUsd;
  spentMicroUsd: MicroUsd;
  dayKey: string;
  monthKey: string;
  reservedAtMs: number;
  expiresAtMs: number;
  settledAtMs: number;
  leaseId: string | null;
  overrideId: string | null;
  overrideDrawMicroUsd: MicroUsd;
}

/** The movement that brought a reservation to where it is: always the same for the same reservation and kind. */
export function movementOf(
  kind: Exclude<MovementKind, 'alert'>,
  serviceName: ServiceName,
  generation: number,
  reservation: Reservation,
): Movement {
  const opens = kind === 'reserve' || kind === 'transfer' || kind === 'lease';
  const { reservedMicroUsd, spentMicroUsd, reservedAtMs, settledAtMs } = reservation;
  return {
    movementId: `${serviceName}:${kind}:${reservation.reservationId}`,
    kind,
    generation,
    serviceName,
    reservationId: reservation.reservationId,
    amountMicroUsd: opens ? reservedMicroUsd : kind === 'commit' ? spentMicroUsd : 0,
    dayKey: reservation.dayKey,
    monthKey: reservation.monthKey,
    reservedAtMs,
    atMs: opens ? reservedAtMs : settledAtMs,
    expiresAtMs: opens ? reservation.expiresAtMs : null,
    leaseId: reservation.leaseId,
    overrideId: reservation.overrideId,
    overrideDrawMicroUsd: reservation.overrideDrawMicroUsd,
  };
}

/** The kind of the movement that opened it. */
export function openingKind({ isLease, leaseId }: Reservation): 'reserve' | 'transfer' | 'lease' {
  if (isLease) return 'lease';
  return leaseId === null ? 'reserve' : 'transfer';
}

/** What the override paid, once it is known what the call cost. */
export function settledDraw(
  drawMicroUsd: MicroUsd,
  reservedMicroUsd: MicroUsd,
  actualMicroUsd: MicroUsd,
): MicroUsd {
  return drawMicroUsd === 0 ? 0 : Math.max(0, drawMicroUsd + actualMicroUsd - reservedMicroUsd);
}

/** `stripe:day:2026-11-21:8500`. */
export function alertIdOf(serviceName: ServiceName, kind: string, key: string, basisPoints: number): string {
  return `${serviceName}:${kind}:${key}:${basisPoints}`;
}

/** An alert in the journal. That of a month is booked under the month's first day. */
export function alertMovement(alert: BudgetAlert, generation: number): Movement {
  const { alertId, serviceName, kind, key, atMs } = alert;
  return {
    movementId: `${serviceName}:alert:${alertId}`,
    kind: 'alert',
    generation,
    serviceName,
    reservationId: alertId,
    amountMicroUsd: 0,
    dayKey: kind === 'day' ? key : `${key}-01`,
    monthKey: key.slice(0, 7),
    reservedAtMs: atMs,
    atMs,
    expiresAtMs: null,
    leaseId: null,
    overrideId: null,
    overrideDrawMicroUsd: 0,
  };
}

/** A reservation of nothing yet, booked in these budgets. */
export function opened(
  reservationId: string,
  nowMs: number,
  { dayKey, monthKey }: { dayKey: string; monthKey: string },
): Reservation {
  return {
    reservationId,
    isLease: false,
    state: 'open',
    ...{ reservedMicroUsd: 0, leftMicroUsd: 0, spentMicroUsd: 0, overrideDrawMicroUsd: 0 },
    ...{ dayKey, monthKey, reservedAtMs: nowMs, expiresAtMs: nowMs, settledAtMs: 0 },
    ...{ leaseId: null, overrideId: null },
  };
}
