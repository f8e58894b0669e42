import type { MicroUsd } from '@signalbox/contracts';
import { SETTLED_MEMORY_MS } from '../journal.js';
import { judge } from '../judge.js';
import type { BudgetAlert, Settlement, Sweep } from '../ledger.js';
import { LEFT_AFTER_MS, SWEEP_BATCH } from '../ledger-bounds.js';
import { alertMovement, movementOf, opened, settledDraw } from '../reservation.js';
import type { Kept, Turn } from './service-book.js';

const NOTHING: Settlement = { changed: false, alerts: [], movements: [] };

export function commit(turn: Turn, reservationId: string, actualMicroUsd: MicroUsd): Settlement {
  const { book, compiled, nowMs } = turn;
  const kept = book.reservations.get(reservationId) ?? outOfTheBlue(turn, reservationId);
  if (kept.isLease) return NOTHING;
  if (kept.state === 'committed') return settlement(turn, kept, 'commit', false);
  const isOpen = kept.state === 'open';
  const draw = settledDraw(kept.overrideDrawMicroUsd, kept.reservedMicroUsd, actualMicroUsd);
  // One that was released or has expired gave its draw back.
  book.drawOverride(kept.overrideId, draw - (isOpen ? kept.overrideDrawMicroUsd : 0));
  const settled: Kept = {
    ...kept,
    state: 'committed',
    spentMicroUsd: actualMicroUsd,
    settledAtMs: nowMs,
    overrideDrawMicroUsd: draw,
  };
  const reservedMicroUsd = isOpen ? -kept.reservedMicroUsd : 0;
  const alerts = book.book(settled, { spentMicroUsd: actualMicroUsd, reservedMicroUsd }, compiled, nowMs);
  book.reservations.set(reservationId, settled);
  book.unjournalled.set(reservationId, nowMs);
  return settlement(turn, settled, 'commit', true, alerts);
}

export function release(turn: Turn, reservationId: string): Settlement {
  const kept = turn.book.reservations.get(reservationId);
  if (kept === undefined || kept.isLease) return NOTHING;
  if (kept.state === 'released') return settlement(turn, kept, 'release', false);
  if (kept.state !== 'open') return NOTHING;
  turn.book.giveTokensBack(kept, turn.compiled);
  return settlement(turn, close(turn, kept, 'released'), 'release', true);
}

export function returnLease(turn: Turn, leaseId: string): Settlement {
  const kept = turn.book.reservations.get(leaseId);
  if (kept === undefined || !kept.isLease || kept.state === 'expired') return NOTHING;
  if (kept.state === 'released') return settlement(turn, kept, 'return', false);
  return settlement(turn, close(turn, kept, 'released'), 'return', true);
}

export function sweep(turn: Turn): Sweep {
  const { book, nowMs } = turn;
  const { serviceName, generation } = book;
  const due = [...book.reservations.values()]
    .filter(({ state, expiresAtMs }) => state === 'open' && expiresAtMs <= nowMs)
    .sort((a, b) => a.expiresAtMs - b.expiresAtMs);
  const expired = due.slice(0, SWEEP_BATCH).map((kept) => close(turn, kept, 'expired'));
  for (const { reservationId, state, settledAtMs } of [...book.reservations.values()]) {
    if (state !== 'open' && settledAtMs + SETTLED_MEMORY_MS <= nowMs) book.reservations.delete(reservationId);
  }
  const isLeft = (sinceMs: number): boolean => sinceMs + LEFT_AFTER_MS <= nowMs;
  const left = [...book.unjournalled].filter(([, sinceMs]) => isLeft(sinceMs)).slice(0, SWEEP_BATCH);
  const commits = left.flatMap(([id]) => {
    const kept = book.reservations.get(id);
    return kept === undefined ? [] : [movementOf('commit', serviceName, generation, kept)];
  });
  return {
    expired: expired.length,
    more: due.length > SWEEP_BATCH,
    movements: [...expired.map((kept) => movementOf('expire', serviceName, generation, kept)), ...commits],
    untoldAlerts: [...book.untold.values()].filter(({ atMs }) => isLeft(atMs)),
  };
}

/** An outcome that comes before its decision, or without one: the call was made, so it counts. */
function outOfTheBlue({ book, compiled, nowMs }: Turn, reservationId: string): Kept {
  const standing = book.standing(nowMs, compiled.rules.budget.timeZone);
  const { day, month } = standing.periods;
  const { takes: taken } = judge(standing, compiled, MADE_ALREADY);
  book.takeTokens(taken, compiled, nowMs, day.key);
  return { ...opened(reservationId, nowMs, { dayKey: day.key, monthKey: month.key }), taken };
}

const MADE_ALREADY = {
  priority: 'CRITICAL',
  estimateMicroUsd: 0,
  draw: 0,
  force: true,
  isPaid: true,
  override: null,
  drawnMicroUsd: 0,
} as const;

/** Ends an open reservation or lease without a cost. */
function close({ book, compiled, nowMs }: Turn, kept: Kept, state: 'released' | 'expired'): Kept {
  const { isLease, leftMicroUsd, reservedMicroUsd } = kept;
  const change = isLease ? { leasedMicroUsd: -leftMicroUsd } : { reservedMicroUsd: -reservedMicroUsd };
  book.book(kept, change, compiled, nowMs);
  book.drawOverride(kept.overrideId, -kept.overrideDrawMicroUsd);
  const closed: Kept = { ...kept, state, leftMicroUsd: 0, settledAtMs: nowMs };
  book.reservations.set(kept.reservationId, closed);
  return closed;
}

function settlement(
  { book }: Turn,
  kept: Kept,
  kind: 'commit' | 'release' | 'return',
  changed: boolean,
  alerts: BudgetAlert[] = [],
): Settlement {
  const { serviceName, generation } = book;
  const movements = [
    movementOf(kind, serviceName, generation, kept),
    ...alerts.map((alert) => alertMovement(alert, generation)),
  ];
  return { changed, alerts, movements };
}
