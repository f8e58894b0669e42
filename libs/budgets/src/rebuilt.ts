import type { MicroUsd } from '@signalbox/contracts';
import type { LedgerEntry, LedgerSnapshot } from './journal.js';
import { PERIOD_KINDS, type PeriodKind } from './period.js';
import type { Reservation } from './reservation.js';

/** A period's counts without its band, which follows from them and the rules in force. */
export interface RebuiltPeriod {
  kind: PeriodKind;
  key: string;
  spentMicroUsd: MicroUsd;
  reservedMicroUsd: MicroUsd;
  leasedMicroUsd: MicroUsd;
  calls: number;
  /** Basis points of the thresholds told. */
  told: number[];
}

/** What a ledger starts again from. */
export interface Rebuilt {
  periods: RebuiltPeriod[];
  reservations: Reservation[];
  /** Override id → drawn, of reservations and commits. */
  drawnMicroUsd: Map<string, MicroUsd>;
}

/** The counts that a snapshot leads to. */
export function rebuildFrom(snapshot: LedgerSnapshot): Rebuilt {
  const periods = new Map<string, RebuiltPeriod>();
  const periodOf = (kind: PeriodKind, key: string): RebuiltPeriod => {
    const name = `${kind}:${key}`;
    let period = periods.get(name);
    if (period === undefined) {
      const none = { spentMicroUsd: 0, reservedMicroUsd: 0, leasedMicroUsd: 0, calls: 0 };
      period = { kind, key, ...none, told: toldIn(snapshot, kind, key) };
      periods.set(name, period);
    }
    return period;
  };
  for (const { kind, key, spentMicroUsd, calls } of snapshot.periods) {
    Object.assign(periodOf(kind, key), { spentMicroUsd, calls });
  }
  const drawnMicroUsd = new Map<string, MicroUsd>();
  const reservations = snapshot.entries.map((entry) => {
    const reservation = reservationOf(entry, snapshot.transferredMicroUsd[entry.reservationId] ?? 0);
    if (entry.state === 'open') {
      for (const kind of PERIOD_KINDS) {
        const period = periodOf(kind, kind === 'day' ? entry.dayKey : entry.monthKey);
        if (entry.isLease) period.leasedMicroUsd += reservation.leftMicroUsd;
        else period.reservedMicroUsd += entry.reservedMicroUsd;
      }
    }
    const { overrideId, overrideDrawMicroUsd } = entry;
    if (overrideId !== null && (entry.state === 'open' || entry.state === 'committed')) {
      drawnMicroUsd.set(overrideId, (drawnMicroUsd.get(overrideId) ?? 0) + overrideDrawMicroUsd);
    }
    return reservation;
  });
  return { periods: [...periods.values()], reservations, drawnMicroUsd };
}

function toldIn({ serviceName, alertIds }: LedgerSnapshot, kind: PeriodKind, key: string): number[] {
  const prefix = `${serviceName}:${kind}:${key}:`;
  return alertIds.filter((id) => id.startsWith(prefix)).map((id) => Number(id.slice(prefix.length)));
}

function reservationOf(entry: LedgerEntry, transferredMicroUsd: MicroUsd): Reservation {
  const { isLease, state, reservedMicroUsd, expiresAtMs, settledAtMs, reservedAtMs } = entry;
  return {
    reservationId: entry.reservationId,
    isLease,
    state,
    reservedMicroUsd,
    leftMicroUsd: isLease && state === 'open' ? Math.max(0, reservedMicroUsd - transferredMicroUsd) : 0,
    spentMicroUsd: entry.spentMicroUsd,
    dayKey: entry.dayKey,
    monthKey: entry.monthKey,
    reservedAtMs,
    // One without an expiry was settled out of the blue: it is never swept.
    expiresAtMs: expiresAtMs ?? reservedAtMs,
    settledAtMs: settledAtMs ?? 0,
    leaseId: entry.leaseId,
    overrideId: entry.overrideId,
    overrideDrawMicroUsd: entry.overrideDrawMicroUsd,
  };
}
