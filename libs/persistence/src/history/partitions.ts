import type { EntityManager } from 'typeorm';
import type { Database } from '../database/database.js';
import { lockInTransaction } from '../database/locks.js';
import {
  DAY_MS,
  partitionName,
  periodEnd,
  periodStart,
  startOfPartition,
  type PartitionPeriod,
} from './partition-period.js';

/** Every table that grows with traffic, with how long it is kept unless settings say otherwise. */
const TABLES = {
  decisions: { period: 'day', keptDays: 30 },
  outcomes: { period: 'day', keptDays: 30 },
  error_events: { period: 'day', keptDays: 30 },
  circuit_changes: { period: 'day', keptDays: 30 },
  health_changes: { period: 'day', keptDays: 30 },
  // A month's budget and a good week to look back on it.
  ledger_movements: { period: 'day', keptDays: 40 },
  webhook_events: { period: 'day', keptDays: 30 },
  webhook_attempts: { period: 'day', keptDays: 30 },
  // The audit is small and asked about long after.
  audit_entries: { period: 'month', keptDays: 365 },
} as const satisfies Record<string, { period: PartitionPeriod; keptDays: number }>;

export type PartitionedTable = keyof typeof TABLES;
const TABLE_NAMES = Object.keys(TABLES) as PartitionedTable[];

/** How far ahead partitions are made: a week in which nobody has to notice that the upkeep does not run. */
const AHEAD_MS = 7 * DAY_MS;
/** Clocks of writers may run this far ahead of ours. */
const FUTURE_MS = DAY_MS;

/** Makes partitions before they are needed and drops those past their retention, whole. */
export class Partitions {
  private readonly known = new Set<string>();

  constructor(
    private readonly database: Database,
    private readonly keptDays: Partial<Record<PartitionedTable, number>> = {},
  ) {}

  /** Makes the partitions that rows of these times go into; costs nothing when they are known to be there. */
  async ensure(table: PartitionedTable, timesMs: Iterable<number>): Promise<void> {
    const { period } = TABLES[table];
    const starts = new Set<number>();
    for (const timeMs of timesMs) starts.add(periodStart(period, timeMs));
    const missing = [...starts].filter((start) => !this.known.has(partitionName(table, period, start)));
    if (missing.length === 0) return;
    const made = await this.database.transaction(async (manager) => {
      await lockInTransaction(manager, 'partitions');
      return create(manager, table, missing);
    });
    for (const name of made) this.known.add(name);
  }

  /** After a row found no partition: another replica, or an operator, has dropped one. */
  forget(): void {
    this.known.clear();
  }

  /** The times of rows that a table takes; rows outside would be dropped again, or are nonsense. */
  accepts(table: PartitionedTable, timeMs: number, nowMs: number): boolean {
    return timeMs >= this.keptFrom(table, nowMs) && timeMs <= nowMs + FUTURE_MS;
  }

  /**
   * The upkeep, a few times a day: partitions for the next week, and none older than the retention. Several
   * replicas may run it at once. Returns the partitions that are there now (of the next week) and those dropped.
   */
  async maintain(nowMs: number): Promise<{ ready: string[]; dropped: string[] }> {
    return this.database.transaction(async (manager) => {
      await lockInTransaction(manager, 'partitions');
      // A drop waits for readers and makes writers wait for itself: rather try again at the next upkeep.
      await manager.query(`SET LOCAL lock_timeout = '2s'`);
      const ready: string[] = [];
      const dropped: string[] = [];
      for (const table of TABLE_NAMES) {
        ready.push(...(await create(manager, table, startsBetween(table, nowMs, nowMs + AHEAD_MS))));
        dropped.push(...(await dropBefore(manager, table, this.keptFrom(table, nowMs))));
      }
      await expire(manager, nowMs);
      for (const name of dropped) this.known.delete(name);
      return { ready, dropped };
    });
  }

  /** Start of the oldest period that has a part inside the retention. */
  private keptFrom(table: PartitionedTable, nowMs: number): number {
    const { period, keptDays } = TABLES[table];
    return periodStart(period, nowMs - (this.keptDays[table] ?? keptDays) * DAY_MS);
  }
}

function startsBetween(table: PartitionedTable, fromMs: number, toMs: number): number[] {
  const { period } = TABLES[table];
  const starts: number[] = [];
  for (let start = periodStart(period, fromMs); start <= toMs; start = periodEnd(period, start)) {
    starts.push(start);
  }
  return starts;
}

async function create(manager: EntityManager, table: PartitionedTable, starts: number[]): Promise<string[]> {
  const existing = new Set(await partitionsOf(manager, table));
  const { period } = TABLES[table];
  const names: string[] = [];
  for (const start of starts) {
    const name = partitionName(table, period, start);
    names.push(name);
    if (existing.has(name)) continue;
    const [from, to] = [start, periodEnd(period, start)].map((ms) => new Date(ms).toISOString());
    // Attached rather than created in place: that takes no lock that readers or writers of the table would feel.
    await manager.query(
      `CREATE TABLE ${name} (LIKE ${table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES);
       ALTER TABLE ${table} ATTACH PARTITION ${name} FOR VALUES FROM ('${from}') TO ('${to}')`,
    );
  }
  return names;
}

async function dropBefore(
  manager: EntityManager,
  table: PartitionedTable,
  keptFromMs: number,
): Promise<string[]> {
  const expired = (await partitionsOf(manager, table)).filter((name) => {
    const start = startOfPartition(name);
    return start !== null && start < keptFromMs;
  });
  for (const name of expired) await manager.query(`DROP TABLE ${name}`);
  return expired;
}

async function partitionsOf(manager: EntityManager, table: PartitionedTable): Promise<string[]> {
  const rows = await manager.query<{ name: string }[]>(
    `SELECT child.relname AS name FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
     WHERE inhparent = $1::regclass ORDER BY 1`,
    [table],
  );
  return rows.map((row) => row.name);
}

/** Small tables whose rows outlive a day but not for ever. */
async function expire(manager: EntityManager, nowMs: number): Promise<void> {
  const before = new Date(nowMs - 90 * DAY_MS).toISOString();
  await manager.query(`DELETE FROM connections WHERE last_seen < $1`, [before]);
  await manager.query(`DELETE FROM tallied_hours WHERE hour < $1`, [before]);
  await manager.query(`DELETE FROM budget_alerts WHERE raised_at < $1`, [before]);
  // A year of hours: what a forecast can learn a yearly rhythm from.
  const lastYear = new Date(nowMs - 400 * DAY_MS).toISOString();
  await manager.query(`DELETE FROM ledger_closed_hours WHERE hour < $1`, [lastYear]);
  const settled = new Date(nowMs - 2 * DAY_MS).toISOString();
  await manager.query(`DELETE FROM reservation_payers WHERE seen_at < $1`, [settled]);
  await manager.query(`DELETE FROM recovery_activations WHERE ended_at < $1`, [before]);
}
