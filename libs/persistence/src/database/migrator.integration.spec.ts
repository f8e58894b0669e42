import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { withServers } from '@signalbox/testkit';
import { migrations } from '../migrations/index.js';
import { Database } from './database.js';

describe('migrations', () => {
  const opened: Database[] = [];
  after(() => Promise.all(opened.map((database) => database.close())));
  const servers = withServers('postgres');
  const open = (): Database => {
    const database = new Database({ url: servers.databaseUrl, connectTimeoutMs: 30_000 });
    opened.push(database);
    return database;
  };

  const names = migrations.map((migration) => migration.name);

  async function tables(database: Database): Promise<string[]> {
    const rows = await database.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
       WHERE nspname = 'public' AND relkind IN ('r', 'p', 'S') ORDER BY 1`,
    );
    return rows.map((row) => row.name);
  }

  it('apply once when four replicas start at the same time', async () => {
    const replicas = Array.from({ length: 4 }, open);
    const applied = await Promise.all(replicas.map((replica) => replica.migrate()));
    assert.deepEqual(applied.flat(), names);
    assert.deepEqual(await open().migrate(), []);
  });

  it('leave nothing behind when undone, and make the same schema when applied again', async () => {
    const database = open();
    const before = await tables(database);
    const undone: (string | null)[] = [];
    for (const _ of names) undone.push(await database.migrateDown());
    assert.deepEqual(undone, [...names].reverse());
    assert.equal(await database.migrateDown(), null);
    const own = (await tables(database)).filter((name) => !name.startsWith('schema_migrations'));
    assert.deepEqual(own, []);

    assert.deepEqual(await database.migrate(), names);
    assert.deepEqual(await tables(database), before);
  });
});
