import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually } from '@signalbox/testkit';
import { HistoryStore } from '../history/history-store.js';
import { aDecision } from '../testing/events.js';
import { withDatabase } from '../testing/with-database.js';
import { stallableLine } from '../testing/stallable-line.js';
import { Database, type DatabaseState } from './database.js';

const UNAVAILABLE = { code: 'DEPENDENCY_UNAVAILABLE' };
/** Port 1 is nobody's: a port that was free a moment ago may be somebody's by now. */
const NOWHERE = 'postgres://nobody:hunter2@127.0.0.1:1/none';
/** Where a test is not about the wait: a busy server may take long to open a connection. */
const PATIENT = { connectTimeoutMs: 30_000 };
/** Where it is: short, and still more than a busy server takes once it has answered at all. */
const IMPATIENT = { statementTimeoutMs: 500, connectTimeoutMs: 1_000 };

/** Resolves when the server has not answered twice, and answers again. */
async function fallSilentAndReturn(line: { stalled: boolean }, database: Database): Promise<void> {
  line.stalled = true;
  await assert.rejects(database.ping(), UNAVAILABLE);
  await assert.rejects(database.ping(), UNAVAILABLE);
  line.stalled = false;
  await eventually(() => database.ping());
}

describe('Database', () => {
  const test = withDatabase();

  it('does not throw at boot when there is no server, and says so when used', async () => {
    const database = new Database({ url: NOWHERE });
    assert.equal(database.state, 'disconnected');
    await assert.rejects(database.ping(), UNAVAILABLE);
    await assert.rejects(database.migrate(), UNAVAILABLE);
    await database.close();
  });

  it('says once why it is away, and that it is back, without the password', async () => {
    await using line = await stallableLine(test.servers.databaseUrl);
    const told: string[] = [];
    const tell = (fields: object, message: string) => void told.push(`${JSON.stringify(fields)} ${message}`);
    const logger = { info: tell, warn: tell };
    const database = new Database({ url: line.url, ...IMPATIENT, logger });
    await eventually(() => database.ping());
    told.length = 0;
    await fallSilentAndReturn(line, database);
    await database.close();
    assert.equal(told.length, 2, told.join('\n'));
    assert.match(told[0]!, /timeout.* PostgreSQL cannot be reached/);
    assert.match(told[1]!, /answers again/);

    told.length = 0;
    const noSuch = new URL(test.servers.databaseUrl);
    noSuch.pathname = '/no_such_database';
    for (const url of [NOWHERE, noSuch.href]) {
      const away = new Database({ url, logger, ...PATIENT });
      for (let n = 0; n < 3; n++) await assert.rejects(away.ping());
      await away.close();
    }
    assert.equal(told.length, 2, told.join('\n'));
    assert.match(told[0]!, /ECONNREFUSED.* PostgreSQL cannot be reached/);
    assert.match(told[1]!, /no_such_database.* is DATABASE_URL right/);
    assert.ok(!told.join().includes('hunter2'));
  });

  it('gives times as ISO strings and big integers as exact numbers, or not at all', async () => {
    const rows = await test.database.query(
      `SELECT timestamptz '2026-01-15 13:00:00.123+01' AS at, 9007199254740991::bigint AS n, count(*) AS c`,
    );
    assert.deepEqual(rows, [{ at: '2026-01-15T12:00:00.123Z', n: 9_007_199_254_740_991, c: 1 }]);
    await assert.rejects(
      test.database.query('SELECT 9007199254740993::bigint'),
      /does not fit an exact number/,
    );
  });

  it('cancels a statement that takes too long, and stays usable', async () => {
    const database = new Database({ url: test.servers.databaseUrl, statementTimeoutMs: 1_000, ...PATIENT });
    await assert.rejects(database.query('SELECT pg_sleep(60)'), UNAVAILABLE);
    await eventually(() => database.ping());
    await database.close();
  });

  it('makes a caller wait for a free connection only so long', async () => {
    const database = new Database({
      url: test.servers.databaseUrl,
      maxConnections: 1,
      connectTimeoutMs: 1_000,
    });
    await eventually(() => database.ping());
    await database.transaction(() => assert.rejects(database.ping(), UNAVAILABLE));
    await database.close();
  });

  it('gives up on a server that falls silent, and uses new connections when it is back', async () => {
    await using line = await stallableLine(test.servers.databaseUrl);
    const database = new Database({ url: line.url, ...IMPATIENT });
    await eventually(() => database.ping());
    await fallSilentAndReturn(line, database);
    await database.close();
  });

  it('runs a statement by its kept plan as it would by a new one', async () => {
    const ask = (n: number) =>
      test.database.prepared('spec-ask', 'SELECT $1::bigint AS n, now() IS NOT NULL AS timed', [n]);
    for (let n = 0; n < 20; n++) assert.deepEqual(await ask(n), [{ n, timed: true }]);
    await assert.rejects(test.database.prepared('spec-broken', 'SELECT nonsense'), { code: '42703' });
    const away = new Database({ url: NOWHERE });
    await assert.rejects(away.prepared('spec-away', 'SELECT 1'), UNAVAILABLE);
    await away.close();
  });

  it('passes on what is wrong with a query as it is, and stays connected', async () => {
    await assert.rejects(test.database.query('SELECT nonsense'), { code: '42703' });
    assert.equal(test.database.state, 'connected');
  });

  it('waits for what is running when it closes, and takes nothing new', async () => {
    const database = new Database({ url: test.servers.databaseUrl, ...PATIENT });
    await database.ping();
    const slow = database.query<{ done: string }>(`SELECT pg_sleep(0.2), 'yes' AS done`);
    await database.close();
    assert.equal((await slow)[0]!.done, 'yes');
    await assert.rejects(database.ping(), UNAVAILABLE);
  });

  it('finds the database again after a crash, with all that was acknowledged', async () => {
    const { database, servers } = test;
    const history = new HistoryStore(database, test.partitions, test.clock);
    const acknowledged = [aDecision(), aDecision()];
    await history.writeDecisions(acknowledged);
    const states: DatabaseState[] = [];
    database.onStateChange((state) => states.push(state));

    const inFlight = database.query('SELECT pg_sleep(30)');
    const interrupted = assert.rejects(inFlight, UNAVAILABLE);
    const waiting = database.transaction(async (manager) => {
      await manager.query('SELECT 1');
      await manager.query('SELECT pg_sleep(30)');
    });
    const rolledBack = assert.rejects(waiting, UNAVAILABLE);
    await servers.kill('postgres');
    await Promise.all([interrupted, rolledBack]);
    assert.equal(database.state, 'disconnected');
    await assert.rejects(history.writeDecisions([aDecision()]), UNAVAILABLE);

    await servers.restart('postgres');
    await eventually(() => database.ping());
    assert.deepEqual(await history.writeDecisions(acknowledged), { written: 0, duplicates: 2, refused: [] });
    assert.deepEqual(states, ['disconnected', 'connected']);
  });
});
