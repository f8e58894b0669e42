import { SETTLED_MEMORY_MS, foldMovement, type LedgerEntry, type Movement } from '@signalbox/budgets';
import type { MicroUsd, ServiceName } from '@signalbox/contracts';
import type { EntityManager } from 'typeorm';
import { HOUR_MS, gapsOf, type Range } from '../analytics/tally.js';
import type { Database } from '../database/database.js';
import { lockInTransaction } from '../database/locks.js';
import { BOOKED, iso, movementOf, READ, type MovementRow } from './movement-rows.js';

/** Longer than settled ids are remembered: after it a movement of the hour is an exception. */
export const CLOSED_AFTER_MS = 26 * HOUR_MS;
/** Writers look out for closed hours from half of that on, should their clock be behind the closing one. */
const WATCHED_MS = CLOSED_AFTER_MS / 2;
/** Hours closed in one go; the rest waits for the next. */
const HOURS_PER_RUN = 200;
/** Movements read at a time: some hundredths of a second. */
const PAGE = 5_000;

/** What was booked in a budget's periods by the reservations of one hour. */
export interface BookedHour {
  hourStartMs: number;
  serviceName: ServiceName;
  dayKey: string;
  monthKey: string;
  spentMicroUsd: MicroUsd;
  calls: number;
}

/** What a service spent, by the hour in which the calls were admitted. */
export interface SpendHour {
  hourStartMs: number;
  spentMicroUsd: MicroUsd;
  calls: number;
}

/**
 * Hours of the journal in which nothing is open any more, counted once: a month's budget is summed from some hundred
 * rows and the movements of the last day. The movements stay the truth: one that comes late strikes its hour in its
 * own transaction, and the hour is counted anew.
 */
export class LedgerHours {
  constructor(private readonly database: Database) {}

  /** Closes the hours that can be, oldest first. Replicas may all do it. Returns how many. */
  async close(nowMs: number): Promise<number> {
    const hours = await this.database.query<{ hour: string }>(
      `SELECT hour FROM generate_series(
         (SELECT date_trunc('hour', min(reserved_at), 'UTC') FROM ledger_movements),
         $1::timestamptz - interval '1 hour', '1 hour') AS hour
       WHERE NOT EXISTS (SELECT FROM ledger_closed_hours closed WHERE closed.hour = hour.hour)
       ORDER BY hour LIMIT ${HOURS_PER_RUN}`,
      [iso(nowMs - CLOSED_AFTER_MS)],
    );
    let closed = 0;
    for (const { hour } of hours) {
      const done = await this.database.transaction((manager) => closeHour(manager, Date.parse(hour), nowMs));
      if (done) closed += 1;
    }
    return closed;
  }

  /** The hours of a range in which a service spent or called, in order. Ends on whole hours, UTC. */
  async spendByHour(serviceName: ServiceName, range: Range): Promise<SpendHour[]> {
    const hours = new Map<number, SpendHour>();
    const booked = await this.database.run(async (manager) => [
      ...(await closedHours(manager, serviceName, range)),
      ...(await openHours(manager, serviceName, range)),
    ]);
    for (const { hourStartMs, spentMicroUsd, calls } of booked) {
      const hour = hours.get(hourStartMs) ?? { hourStartMs, spentMicroUsd: 0, calls: 0 };
      hour.spentMicroUsd += spentMicroUsd;
      hour.calls += calls;
      hours.set(hourStartMs, hour);
    }
    return [...hours.values()].sort((a, b) => a.hourStartMs - b.hourStartMs);
  }
}

/** True when movements of this reservation time may belong to a closed hour: they are stored under {@link strikeHours}. */
export function mayBeClosed(reservedAtMs: number, nowMs: number): boolean {
  return hourOf(reservedAtMs) + HOUR_MS <= nowMs - WATCHED_MS;
}

/** Makes the hours of these times count anew. The lock keeps an hour from being closed before the rows are in. */
export async function strikeHours(manager: EntityManager, timesMs: readonly number[]): Promise<void> {
  await lockInTransaction(manager, 'ledgerHours');
  const hours = [...new Set(timesMs.map(hourOf))].map(iso);
  await manager.query('DELETE FROM ledger_closed_hours WHERE hour = ANY($1::timestamptz[])', [hours]);
}

/** The closed hours of a service in a range. */
export async function closedHours(
  manager: EntityManager,
  serviceName: ServiceName,
  { fromMs, toMs }: Range,
): Promise<BookedHour[]> {
  const rows = await manager.query<(Omit<BookedHour, 'hourStartMs'> & { hour: string })[]>(
    `SELECT hour, service_name AS "serviceName", day_key AS "dayKey", month_key AS "monthKey",
            spent_micro_usd AS "spentMicroUsd", calls
     FROM ledger_hours WHERE service_name = $1 AND hour >= $2 AND hour < $3`,
    [serviceName, iso(fromMs), iso(toMs)],
  );
  return rows.map(({ hour, ...booked }) => ({ hourStartMs: Date.parse(hour), ...booked }));
}

/** The entries of a service reserved in the hours of a range that are not closed. */
export async function openEntries(
  manager: EntityManager,
  serviceName: ServiceName,
  range: Range,
): Promise<LedgerEntry[]> {
  const entries = new Map<string, LedgerEntry>();
  for (const gap of await openRanges(manager, range)) {
    for await (const movement of read(manager, serviceName, gap)) fold(entries, movement);
  }
  return [...entries.values()];
}

/** What a service booked in the hours of a range that are not closed, from its first movement to its last. */
async function openHours(
  manager: EntityManager,
  serviceName: ServiceName,
  range: Range,
): Promise<BookedHour[]> {
  const [ends] = await manager.query<{ first: string | null; last: string | null }[]>(
    `SELECT min(reserved_at) AS first, max(reserved_at) AS last FROM ledger_movements
     WHERE service_name = $1 AND reserved_at >= $2 AND reserved_at < $3`,
    [serviceName, iso(range.fromMs), iso(range.toMs)],
  );
  if (ends === undefined || ends.first === null || ends.last === null) return [];
  const fromMs = Math.max(range.fromMs, hourOf(Date.parse(ends.first)));
  const toMs = Math.min(range.toMs, hourOf(Date.parse(ends.last)) + HOUR_MS);
  const booked: BookedHour[] = [];
  for (const gap of await openRanges(manager, { fromMs, toMs })) {
    for (let at = gap.fromMs; at < gap.toMs; at += HOUR_MS) {
      booked.push(...(await bookedIn(manager, serviceName, at)));
    }
  }
  return booked;
}

async function openRanges(manager: EntityManager, range: Range): Promise<Range[]> {
  const closed = await manager.query<{ hour: string }[]>(
    'SELECT hour FROM ledger_closed_hours WHERE hour >= $1 AND hour < $2',
    [iso(hourOf(range.fromMs)), iso(range.toMs)],
  );
  return gapsOf(
    range,
    closed.map(({ hour }) => Date.parse(hour)),
  );
}

async function bookedIn(
  manager: EntityManager,
  serviceName: ServiceName | null,
  hourStartMs: number,
): Promise<BookedHour[]> {
  const hour = [iso(hourStartMs), iso(hourStartMs + HOUR_MS), serviceName];
  const rows = await manager.query<Omit<BookedHour, 'hourStartMs'>[]>(BOOKED, hour);
  return rows.map((booked) => ({ hourStartMs, ...booked }));
}

/** What entries leave in each budget, by the hour in which they were reserved. */
export function bookedOf(entries: Iterable<LedgerEntry>): BookedHour[] {
  const booked = new Map<string, BookedHour>();
  for (const entry of entries) {
    if (entry.isLease || entry.state === 'released') continue;
    const { serviceName, dayKey, monthKey } = entry;
    const hourStartMs = hourOf(entry.reservedAtMs);
    const key = `${hourStartMs} ${serviceName} ${dayKey} ${monthKey}`;
    const hour = booked.get(key) ?? {
      hourStartMs,
      serviceName,
      dayKey,
      monthKey,
      spentMicroUsd: 0,
      calls: 0,
    };
    hour.spentMicroUsd += entry.spentMicroUsd;
    hour.calls += 1;
    booked.set(key, hour);
  }
  return [...booked.values()];
}

/** False when something in it may be settled still: a later round will find it settled, swept or long expired. */
async function closeHour(manager: EntityManager, startMs: number, nowMs: number): Promise<boolean> {
  await lockInTransaction(manager, 'ledgerHours');
  const entries = new Map<string, LedgerEntry>();
  const hour = { fromMs: startMs, toMs: startMs + HOUR_MS };
  for await (const movement of read(manager, null, hour)) fold(entries, movement);
  if ([...entries.values()].some((entry) => isPending(entry, nowMs))) return false;
  const [begun] = await manager.query<{ hour: string }[]>(
    'INSERT INTO ledger_closed_hours (hour) VALUES ($1) ON CONFLICT DO NOTHING RETURNING hour',
    [iso(startMs)],
  );
  if (begun === undefined) return false;
  const booked = bookedOf(entries.values());
  await manager.query(
    `INSERT INTO ledger_hours (hour, service_name, day_key, month_key, spent_micro_usd, calls)
     SELECT $1::timestamptz, * FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])`,
    [
      iso(startMs),
      booked.map(({ serviceName }) => serviceName),
      booked.map(({ dayKey }) => dayKey),
      booked.map(({ monthKey }) => monthKey),
      booked.map(({ spentMicroUsd }) => spentMicroUsd),
      booked.map(({ calls }) => calls),
    ],
  );
  return true;
}

/**
 * A sweeper that is killed between the ledger and the journal leaves an entry open here for good. Once no ledger would
 * remember even its expiry, it is over, and its hour must not be read entry by entry for ever.
 */
function isPending({ state, expiresAtMs }: LedgerEntry, nowMs: number): boolean {
  return state === 'open' && (expiresAtMs === null || expiresAtMs + SETTLED_MEMORY_MS > nowMs);
}

async function* read(
  manager: EntityManager,
  serviceName: ServiceName | null,
  { fromMs, toMs }: Range,
): AsyncGenerator<Movement, void, void> {
  let [from, after] = [iso(fromMs), ''];
  for (;;) {
    const rows = await manager.query<MovementRow[]>(READ, [from, iso(toMs), serviceName, after, PAGE]);
    for (const row of rows) yield movementOf(row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    [from, after] = [last.reserved_at, last.movement_id];
  }
}

function fold(entries: Map<string, LedgerEntry>, movement: Movement): void {
  const key = `${movement.serviceName} ${movement.reservationId}`;
  entries.set(key, foldMovement(entries.get(key), movement));
}

function hourOf(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS) * HOUR_MS;
}
