import type { MicroUsd, ServiceName } from '@signalbox/contracts';
import { foldMovement } from './fold.js';
import { MINUTE_MS, RING } from './hour-window.js';
import {
  SETTLED_MEMORY_MS,
  type LedgerEntry,
  type LedgerSnapshot,
  type Movement,
  type PeriodSnapshot,
} from './journal.js';

/** The movements of one service, folded: for journals that keep them in memory, and to check those that do not. */
export function snapshotOf(
  serviceName: ServiceName,
  generation: number,
  movements: Iterable<Movement>,
  nowMs: number,
): LedgerSnapshot {
  const entries = new Map<string, LedgerEntry>();
  const alertIds: string[] = [];
  const transferred = new Map<string, MicroUsd>();
  const seen = new Set<string>();
  for (const movement of movements) {
    if (movement.serviceName !== serviceName || seen.has(movement.movementId)) continue;
    seen.add(movement.movementId);
    const { kind, reservationId, leaseId, amountMicroUsd } = movement;
    if (kind === 'alert') alertIds.push(reservationId);
    else entries.set(reservationId, foldMovement(entries.get(reservationId), movement));
    if (kind === 'transfer' && leaseId !== null) {
      transferred.set(leaseId, (transferred.get(leaseId) ?? 0) + amountMicroUsd);
    }
  }
  const all = [...entries.values()];
  return {
    serviceName,
    generation,
    periods: periodsOf(all),
    entries: all.filter(
      ({ state, settledAtMs }) => state === 'open' || (settledAtMs ?? 0) > nowMs - SETTLED_MEMORY_MS,
    ),
    transferredMicroUsd: Object.fromEntries(transferred),
    callsByMinute: callsByMinute(all, nowMs),
    alertIds,
  };
}

function isCall({ isLease, state }: LedgerEntry): boolean {
  return !isLease && state !== 'released';
}

function periodsOf(entries: readonly LedgerEntry[]): PeriodSnapshot[] {
  const periods = new Map<string, PeriodSnapshot>();
  for (const entry of entries.filter(({ isLease }) => !isLease)) {
    for (const kind of ['day', 'month'] as const) {
      const key = kind === 'day' ? entry.dayKey : entry.monthKey;
      const period = periods.get(key) ?? { kind, key, spentMicroUsd: 0, calls: 0 };
      period.spentMicroUsd += entry.spentMicroUsd;
      period.calls += isCall(entry) ? 1 : 0;
      periods.set(key, period);
    }
  }
  return [...periods.values()];
}

function callsByMinute(entries: readonly LedgerEntry[], nowMs: number): [minute: number, calls: number][] {
  const youngest = Math.floor(nowMs / MINUTE_MS);
  const calls = new Map<number, number>();
  for (const entry of entries.filter(isCall)) {
    const minute = Math.floor(entry.reservedAtMs / MINUTE_MS);
    if (minute > youngest - RING) calls.set(minute, (calls.get(minute) ?? 0) + 1);
  }
  return [...calls].sort(([a], [b]) => a - b);
}
