import {
  SETTLED_MEMORY_MS,
  type Journal,
  type LedgerEntry,
  type LedgerSnapshot,
  type Movement,
  type PeriodSnapshot,
} from '@signalbox/budgets';
import type { ServiceName } from '@signalbox/contracts';
import type { Clock } from '@signalbox/statistics';
import type { EntityManager } from 'typeorm';
import { HOUR_MS, type Range } from '../analytics/tally.js';
import { codeOf } from '../database/database-errors.js';
import type { Database } from '../database/database.js';
import { DAY_MS } from '../history/partition-period.js';
import type { Partitions } from '../history/partitions.js';
import {
  bookedOf,
  closedHours,
  mayBeClosed,
  openEntries,
  strikeHours,
  type BookedHour,
} from './ledger-hours.js';
import { APPEND, appendParameters, iso } from './movement-rows.js';

const MINUTE_MS = 60_000;
/** The longest month, and the two days for which a period that has ended is still told of. */
const PERIODS_MS = 33 * DAY_MS;
/** A day that ended less than two days ago began less than four days ago, in whatever zone. */
const DAYS_TOLD_MS = 4 * DAY_MS;
/** Calls of this long ago still count for the tier of an hour. */
const CALLS_MS = 61 * MINUTE_MS;
/** Clocks of writers may run this far ahead of ours. */
const FUTURE_MS = DAY_MS;

/**
 * The journal of the ledger in PostgreSQL: every movement of money and tokens, each once. A movement is stored only
 * while its ledger's generation is the live one; opening a generation waits for the appends before it, reads all that
 * is stored, and keeps out whatever an earlier ledger may still say. Rejects with DEPENDENCY_UNAVAILABLE while
 * PostgreSQL is away.
 */
export class LedgerJournal implements Journal {
  constructor(
    private readonly database: Database,
    private readonly partitions: Partitions,
    private readonly clock: Clock,
  ) {}

  async append(movements: readonly Movement[]): Promise<boolean[]> {
    if (movements.length === 0) return [];
    const live = await this.store(movements).catch((error: unknown) => {
      if (!isMissingPartition(error)) throw error;
      // Dropped by another replica, or by an operator.
      this.partitions.forget();
      return this.store(movements);
    });
    const generations = new Map(live.map(({ serviceName, generation }) => [serviceName, generation]));
    const isLive = ({ serviceName, generation }: Movement) => generations.get(serviceName) === generation;
    if (movements.every(isLive)) return movements.map(() => true);
    const earlier = await this.storedBefore(movements.filter((movement) => !isLive(movement)));
    return movements.map((movement) => isLive(movement) || earlier.has(movement.movementId));
  }

  openGeneration(serviceName: ServiceName): Promise<LedgerSnapshot> {
    return this.database.transaction(async (manager) => {
      const [opened] = await manager.query<[{ generation: number }]>(
        `INSERT INTO ledger_generations AS live (service_name, generation) VALUES ($1, 1)
         ON CONFLICT (service_name) DO UPDATE SET generation = live.generation + 1
         RETURNING generation`,
        [serviceName],
      );
      return this.snapshot(manager, serviceName, opened.generation);
    });
  }

  /** What the committed reservations of an override have drawn of it. */
  async committedDrawsMicroUsd(overrideId: string): Promise<number> {
    const [row] = await this.database.query<{ drawn: number }>(
      `SELECT coalesce(sum(override_draw_micro_usd), 0)::bigint AS drawn
       FROM ledger_movements WHERE override_id = $1 AND kind = 'commit'`,
      [overrideId],
    );
    return row?.drawn ?? 0;
  }

  private async store(movements: readonly Movement[]): Promise<Live[]> {
    const times = movements.map(({ reservedAtMs }) => reservedAtMs);
    await this.partitions.ensure('ledger_movements', times);
    const nowMs = this.clock.nowMs();
    const late = times.filter((timeMs) => mayBeClosed(timeMs, nowMs));
    const parameters = appendParameters(movements);
    if (late.length === 0) return this.database.query<Live>(APPEND, parameters);
    return this.database.transaction(async (manager) => {
      await strikeHours(manager, late);
      return manager.query<Live[]>(APPEND, parameters);
    });
  }

  private async storedBefore(movements: readonly Movement[]): Promise<Set<string>> {
    const rows = await this.database.query<{ movementId: string }>(
      `SELECT stored.movement_id AS "movementId"
       FROM unnest($1::timestamptz[], $2::text[]) AS asked(reserved_at, movement_id)
       JOIN ledger_movements stored USING (reserved_at, movement_id)`,
      [movements.map(({ reservedAtMs }) => iso(reservedAtMs)), movements.map(({ movementId }) => movementId)],
    );
    return new Set(rows.map(({ movementId }) => movementId));
  }

  private async snapshot(
    manager: EntityManager,
    serviceName: ServiceName,
    generation: number,
  ): Promise<LedgerSnapshot> {
    const nowMs = this.clock.nowMs();
    const range: Range = {
      fromMs: Math.floor((nowMs - PERIODS_MS) / HOUR_MS) * HOUR_MS,
      toMs: nowMs + FUTURE_MS,
    };
    const closed = await closedHours(manager, serviceName, range);
    const entries = await openEntries(manager, serviceName, range);
    const periods = periodsOf([...closed, ...bookedOf(entries)], nowMs);
    const alerts = await manager.query<{ alertId: string }[]>(
      `SELECT DISTINCT reservation_id AS "alertId" FROM ledger_movements
       WHERE kind = 'alert' AND service_name = $1 AND reserved_at >= $2`,
      [serviceName, iso(range.fromMs)],
    );
    return {
      serviceName,
      generation,
      periods,
      entries: entries.filter((entry) => isRemembered(entry, nowMs)),
      transferredMicroUsd: transferredOf(entries),
      callsByMinute: callsByMinute(entries, nowMs - CALLS_MS),
      alertIds: alerts.map(({ alertId }) => alertId),
    };
  }
}

interface Live {
  serviceName: ServiceName;
  generation: number;
}

/** Days that ended less than two days ago, and months of which a part lies in those days. */
function periodsOf(booked: readonly BookedHour[], nowMs: number): PeriodSnapshot[] {
  const periods = new Map<string, PeriodSnapshot>();
  const months = new Set(
    booked.filter(({ hourStartMs }) => hourStartMs >= nowMs - DAYS_TOLD_MS).map(({ monthKey }) => monthKey),
  );
  // A month in which nothing was spent lately is told as well, while it runs.
  // It runs on for hours where clocks are behind.
  for (const atMs of [nowMs - DAY_MS, nowMs]) months.add(iso(atMs).slice(0, 7));
  for (const { hourStartMs, dayKey, monthKey, spentMicroUsd, calls } of booked) {
    const kinds = [
      ...(hourStartMs >= nowMs - DAYS_TOLD_MS ? [['day', dayKey] as const] : []),
      ...(months.has(monthKey) ? [['month', monthKey] as const] : []),
    ];
    for (const [kind, key] of kinds) {
      const period = periods.get(`${kind} ${key}`) ?? { kind, key, spentMicroUsd: 0, calls: 0 };
      period.spentMicroUsd += spentMicroUsd;
      period.calls += calls;
      periods.set(`${kind} ${key}`, period);
    }
  }
  return [...periods.values()];
}

function isRemembered({ state, settledAtMs }: LedgerEntry, nowMs: number): boolean {
  return state === 'open' || (settledAtMs ?? 0) > nowMs - SETTLED_MEMORY_MS;
}

/** Of open leases, what was taken from each. */
function transferredOf(entries: readonly LedgerEntry[]): Record<string, number> {
  const taken: Record<string, number> = {};
  for (const { isLease, state, reservationId } of entries) {
    if (isLease && state === 'open') taken[reservationId] = 0;
  }
  for (const { leaseId, reservedMicroUsd } of entries) {
    if (leaseId !== null && leaseId in taken) taken[leaseId] = (taken[leaseId] ?? 0) + reservedMicroUsd;
  }
  return taken;
}

function callsByMinute(entries: readonly LedgerEntry[], fromMs: number): [number, number][] {
  const minutes = new Map<number, number>();
  for (const { isLease, state, reservedAtMs } of entries) {
    if (isLease || state === 'released' || reservedAtMs < fromMs) continue;
    const minute = Math.floor(reservedAtMs / MINUTE_MS);
    minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
  }
  return [...minutes].sort(([a], [b]) => a - b);
}

function isMissingPartition(error: unknown): boolean {
  return codeOf(error) === '23514' && error instanceof Error && error.message.includes('no partition');
}
