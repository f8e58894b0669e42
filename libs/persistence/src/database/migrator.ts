import { DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';
import { migrations } from '../migrations/index.js';
import { LOCKS } from './locks.js';

interface MigratorOptions {
  url: string;
  connectTimeoutMs?: number;
}

/** Applies what is pending, each migration in its own transaction. Returns their names. */
export function migrateUp(options: MigratorOptions): Promise<string[]> {
  return underLock(options, async (executor) => {
    const applied = await executor.executePendingMigrations();
    return applied.map((migration) => migration.name);
  });
}

/** Undoes the newest applied migration. Returns its name, null when none is applied. */
export function migrateDown(options: MigratorOptions): Promise<string | null> {
  return underLock(options, async (executor) => {
    // Newest first.
    const [newest] = await executor.getExecutedMigrations();
    if (newest === undefined) return null;
    await executor.undoLastMigration();
    return newest.name;
  });
}

/**
 * A connection of its own, without the pool's timeouts: a migration takes as long as it takes, and so does
 * the wait for another replica's.
 */
async function underLock<T>(
  { url, connectTimeoutMs = 5_000 }: MigratorOptions,
  work: (executor: MigrationExecutor) => Promise<T>,
): Promise<T> {
  const source = new DataSource({
    type: 'postgres',
    url,
    applicationName: 'signalbox-migrations',
    poolSize: 1,
    connectTimeoutMS: connectTimeoutMs,
    installExtensions: false,
    logging: false,
    migrations,
    migrationsTableName: 'schema_migrations',
    poolErrorHandler: () => undefined,
  });
  await source.initialize();
  const runner: QueryRunner = source.createQueryRunner();
  try {
    await runner.query('SELECT pg_advisory_lock($1, 0)', [LOCKS.migrations]);
    const executor = new MigrationExecutor(source, runner);
    executor.transaction = 'each';
    return await work(executor);
  } finally {
    // Disconnecting gives the lock back, also when the work has failed.
    await runner.release();
    await source.destroy();
  }
}
