import {
  ALERT_LEVELS,
  REFUSALS,
  alertIdOf,
  type BudgetAlert,
  type BudgetCount,
  type CompiledRules,
  type EntryState,
  type PeriodKind,
  type Refusal,
  type Reservation,
} from '@signalbox/budgets';
import type { ServiceName } from '@signalbox/contracts';

export type Cell = number | string;
/** A record as scripts keep it, or [] where there is none. */
export type RecordReply = Cell[];

const STATES: Record<string, EntryState> = { o: 'open', c: 'committed', r: 'released', e: 'expired' };
const LETTERS: Record<EntryState, string> = { open: 'o', committed: 'c', released: 'r', expired: 'e' };

export function reservationIn(reservationId: string, record: RecordReply): Reservation | null {
  if (record.length === 0) return null;
  const text = (at: number): string | null => (record[at] === '' ? null : String(record[at]));
  return {
    reservationId,
    isLease: record[1] === 1,
    state: STATES[String(record[2])] ?? 'open',
    reservedMicroUsd: Number(record[3]),
    leftMicroUsd: Number(record[4]),
    spentMicroUsd: Number(record[5]),
    dayKey: String(record[6]),
    monthKey: String(record[7]),
    reservedAtMs: Number(record[8]),
    expiresAtMs: Number(record[9]),
    settledAtMs: Number(record[10]),
    leaseId: text(11),
    overrideId: text(12),
    overrideDrawMicroUsd: Number(record[13]),
  };
}

/** A record as RESTORE_RECORDS takes it; it counts in every tier. */
export function recordOf(reservation: Reservation): Cell[] {
  return [
    reservation.isLease ? 0 : 7,
    reservation.isLease ? 1 : 0,
    LETTERS[reservation.state],
    reservation.reservedMicroUsd,
    reservation.leftMicroUsd,
    reservation.spentMicroUsd,
    reservation.dayKey,
    reservation.monthKey,
    reservation.reservedAtMs,
    reservation.expiresAtMs,
    reservation.settledAtMs,
    reservation.leaseId ?? '',
    reservation.overrideId ?? '',
    reservation.overrideDrawMicroUsd,
  ];
}

/** The rules whose bits are set, in the order of `REFUSALS`. */
export function refusalsIn(mask: number): Refusal[] {
  if (mask === 0) return [];
  return REFUSALS.filter((_, bit) => (mask & (1 << bit)) !== 0);
}

/** A budget's counts at this place of a reply. */
export function countIn(cells: readonly Cell[], from: number): BudgetCount {
  return {
    spentMicroUsd: Number(cells[from]),
    reservedMicroUsd: Number(cells[from + 1]),
    leasedMicroUsd: Number(cells[from + 2]),
    throttling: cells[from + 3] === 1,
  };
}

/** Alerts that a script decided: kind, key, basis points, spent, reserved, and again. */
export function alertsIn(
  cells: Cell[],
  serviceName: ServiceName,
  compiled: CompiledRules,
  atMs: number,
): BudgetAlert[] {
  const alerts: BudgetAlert[] = [];
  for (let at = 0; at < cells.length; at += 5) {
    const [kind, key, basisPoints, spent, reserved] = cells.slice(at, at + 5);
    const capMicroUsd = compiled.budgets[kind as PeriodKind].capMicroUsd;
    alerts.push(alertOf(serviceName, compiled, [kind, key, basisPoints, capMicroUsd, spent, reserved, atMs]));
  }
  return alerts;
}

/** Alerts that nobody has confirmed: id, text, and again. */
export function untoldIn(cells: string[], serviceName: ServiceName, compiled: CompiledRules): BudgetAlert[] {
  return cells.filter((_, at) => at % 2 === 1).map((text) => alertOf(serviceName, compiled, text.split('|')));
}

function alertOf(
  serviceName: ServiceName,
  compiled: CompiledRules,
  [kindCell, keyCell, points, cap, spent, reserved, atMs]: (Cell | undefined)[],
): BudgetAlert {
  const kind = kindCell as PeriodKind;
  const key = String(keyCell);
  const basisPoints = Number(points);
  const mark = compiled.budgets[kind].marks.find((known) => known.basisPoints === basisPoints);
  return {
    alertId: alertIdOf(serviceName, kind, key, basisPoints),
    serviceName,
    kind,
    key,
    // One that is told after its threshold was changed has no name any more: it is of the least.
    level: mark?.level ?? ALERT_LEVELS[0],
    threshold: basisPoints / 10_000,
    capMicroUsd: Number(cap),
    spentMicroUsd: Number(spent),
    reservedMicroUsd: Number(reserved),
    atMs: Number(atMs),
  };
}
