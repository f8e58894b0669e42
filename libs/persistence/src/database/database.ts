import { DataSource, type EntityManager } from 'typeorm';
import { columnParsers } from './column-types.js';
import { isRefused, isSilence, isUnavailable, reasonOf, unavailable } from './database-errors.js';
import { migrateDown, migrateUp } from './migrator.js';
import { entities } from './entities.js';

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/name` */
  url: string;
  applicationName?: string;
  /** Connections at most, 10 by default: a replica's share of PostgreSQL's 100. */
  maxConnections?: number;
  /** The server cancels a statement after this, 10 s by default. */
  statementTimeoutMs?: number;
  /** A connection attempt, or a wait for a free connection, fails after this; 5 s by default. */
  connectTimeoutMs?: number;
  logger?: DatabaseLogger;
}

/** Told once why the database is away, and once that it is back; a pino logger is one. */
interface DatabaseLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What TypeORM's driver keeps its connections in: a pool of `pg`. */
interface PreparedPool<Row> {
  query(statement: { name: string; text: string; values: unknown[] }): Promise<{ rows: Row[] }>;
}

export type DatabaseState = 'connected' | 'disconnected';

/** The server cancels what takes too long; one that has not even done that after this much more is not there. */
const SILENCE_FACTOR = 1.5;

/**
 * The way to PostgreSQL. Connects on first use and never throws at boot; a database that dies and comes back
 * is found again by the next query. Whatever fails because the database is away rejects with
 * DEPENDENCY_UNAVAILABLE; every other failure is passed on as it is.
 */
export class Database {
  private source: Promise<DataSource> | undefined;
  private current: DatabaseState = 'disconnected';
  private closed = false;
  private toldAway = false;
  private readonly running = new Set<Promise<unknown>>();
  private readonly listeners = new Set<(state: DatabaseState) => void>();

  constructor(private readonly options: DatabaseOptions) {}

  /** As the last query, ping or idle connection found it. */
  get state(): DatabaseState {
    return this.current;
  }

  onStateChange(listener: (state: DatabaseState) => void): void {
    this.listeners.add(listener);
  }

  /** Milliseconds for a round trip. */
  async ping(): Promise<number> {
    const startedAt = performance.now();
    await this.query('SELECT 1');
    return performance.now() - startedAt;
  }

  /** Brings the schema up to date, once however many replicas ask at the same time. Returns what was applied. */
  migrate(): Promise<string[]> {
    return this.guarded(() => migrateUp(this.options));
  }

  /** Undoes the newest migration; for operators and tests. Returns its name, null when there is none left. */
  migrateDown(): Promise<string | null> {
    return this.guarded(() => migrateDown(this.options));
  }

  query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.run((manager) => manager.query<Row[]>(sql, [...parameters]));
  }

  /**
   * As {@link query}, with a plan that each connection keeps under the name: for statements that run many times a
   * second and whose planning would cost more than they do. One name, one text.
   */
  prepared<Row>(name: string, sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.guarded(async () => {
      const { driver } = await this.connect();
      const pool = (driver as unknown as { master: PreparedPool<Row> }).master;
      return (await pool.query({ name, text: sql, values: [...parameters] })).rows;
    });
  }

  run<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.guarded(async () => work((await this.connect()).manager));
  }

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.guarded(async () => (await this.connect()).transaction(work));
  }

  /** Waits for what is running, then disconnects for good. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.allSettled(this.running);
    await this.abandon();
    this.enter('disconnected');
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    if (this.closed) throw unavailable(new Error('closed'));
    const running = work();
    this.running.add(running);
    try {
      const result = await running;
      this.enter('connected');
      this.tellBack();
      return result;
    } catch (error) {
      if (isRefused(error)) {
        this.tellAway(error, 'PostgreSQL refuses us: is DATABASE_URL right in user, password and database?');
      }
      if (!isUnavailable(error)) throw error;
      this.tellAway(error, 'PostgreSQL cannot be reached or does not answer; trying again with each use');
      this.enter('disconnected');
      if (isSilence(error)) void this.abandon();
      throw unavailable(error);
    } finally {
      this.running.delete(running);
    }
  }

  private connect(): Promise<DataSource> {
    this.source ??= this.open().catch((error: unknown) => {
      this.source = undefined;
      throw error;
    });
    return this.source;
  }

  private open(): Promise<DataSource> {
    const statementTimeoutMs = this.options.statementTimeoutMs ?? 10_000;
    const silenceMs = Math.ceil(statementTimeoutMs * SILENCE_FACTOR);
    return new DataSource({
      type: 'postgres',
      url: this.options.url,
      applicationName: this.options.applicationName ?? 'signalbox',
      poolSize: this.options.maxConnections ?? 10,
      connectTimeoutMS: this.options.connectTimeoutMs ?? 5_000,
      installExtensions: false,
      logging: false,
      entities,
      // An idle connection breaks when the server goes: the earliest sign there is.
      poolErrorHandler: () => this.enter('disconnected'),
      extra: {
        types: columnParsers,
        statement_timeout: statementTimeoutMs,
        query_timeout: silenceMs,
        idle_in_transaction_session_timeout: silenceMs,
        keepAlive: true,
      },
    }).initialize();
  }

  /** Lets go of the pool; the next query starts a new one. */
  private async abandon(): Promise<void> {
    const source = this.source;
    this.source = undefined;
    // A pool that cannot say goodbye is gone already.
    await source?.then((opened) => opened.destroy()).catch(() => undefined);
  }

  private tellAway(error: unknown, message: string): void {
    if (this.toldAway) return;
    this.toldAway = true;
    this.options.logger?.warn({ reason: reasonOf(error) }, message);
  }

  private tellBack(): void {
    if (!this.toldAway) return;
    this.toldAway = false;
    this.options.logger?.info({}, 'PostgreSQL answers again');
  }

  private enter(state: DatabaseState): void {
    if (state === this.current) return;
    this.current = state;
    for (const listener of this.listeners) listener(state);
  }
}
