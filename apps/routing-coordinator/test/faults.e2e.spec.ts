import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CoordinatorHealth } from '@signalbox/contracts';
import { eventually } from '@signalbox/testkit';
import pg from 'pg';
import { outcomeOf } from './support/api.js';
import { thresholds, twoFreshNodes } from './support/catalog.js';
import { withFleet, type Fleet, type Replica } from './support/fleet.js';
import { Traffic } from './support/traffic.js';

/** Calls that must have gone through before, while and after a server is away. */
const ENOUGH = 60;
/** What a dead NATS had handed out and not heard of again comes back after 45 s, when its acknowledgement is overdue. */
const CATCH_UP = { timeoutMs: 120_000 };

describe('a server that is killed under traffic', () => {
  const fleet = withFleet(['a', 'b']);

  it('PostgreSQL: decisions and reports go on, and history has each of them once when it is back', async () => {
    await survives(fleet, 'postgres', async (traffic) => {
      // A connection whose backend has not noticed yet that its server is dead may answer once more.
      await eventually(async () => {
        const { status, code } = await fleet
          .replica('a')
          .get('/enhanced-traffic-coordination/coordination-analytics');
        assert.deepEqual([status, code], [503, 'DEPENDENCY_UNAVAILABLE']);
      });
      await passes(traffic, ENOUGH);
    });
  });

  it('Redis: decisions and reports go on, limits hold at the replica’s share and say so', async () => {
    await survives(fleet, 'redis', async (traffic) => {
      const replica = fleet.replica('a');
      await eventually(async () => {
        const { headers } = await replica.get('/admin/versions');
        assert.equal(headers.get('x-ratelimit-scope'), 'local');
        // 60 a minute for two replicas.
        assert.equal(headers.get('x-ratelimit-limit'), '30');
      });
      await passes(traffic, ENOUGH);
    });
    await eventually(async () => {
      const { headers } = await fleet.replica('a').get('/admin/versions');
      assert.equal(headers.get('x-ratelimit-scope'), null);
    }, CATCH_UP);
  });

  it('NATS: REST decisions go on by the replica’s own facts, and all that was acknowledged arrives when it is back', async () => {
    const [a, b] = [fleet.replica('a'), fleet.replica('b')];
    // One failure opens: the successes of the traffic cannot come in between. And no probe closes it before the end.
    const { cheap, dear } = await twoFreshNodes(a, 'twilio', {
      thresholds: thresholds({ consecutiveFailures: 1 }),
    });
    await eventually(async () => (await b.nodeFor('twilio')) === cheap);
    await survives(fleet, 'nats', async (traffic) => {
      await passes(traffic, ENOUGH);
      assert.equal((await a.report(outcomeOf('twilio', cheap, 'connection_error'))).recorded, true);
      assert.equal(await a.nodeFor('twilio'), dear);
      assert.equal(await b.nodeFor('twilio'), cheap, 'b cannot have heard of it');
    });
    // What one replica learned alone, the fleet knows: the circuit is shared.
    await eventually(async () => {
      assert.equal((await b.exclusionOf('twilio', cheap))?.reason, 'circuit_open');
    }, CATCH_UP);
  });

  it('starts a replica while PostgreSQL is away: by the catalog that NATS holds', async () => {
    await fleet.servers.kill('postgres');
    const { data } = await (
      await fleet.restart('b', { waitFor: 'ready' })
    ).get<CoordinatorHealth>('/enhanced-traffic-coordination/health', { as: null });
    assert.equal(data.status, 'degraded');
    assert.equal((await fleet.replica('b').ask('stripe')).status, 200);
    await fleet.servers.restart('postgres');
    await eventually(() => isHealthy(fleet.replica('b')), CATCH_UP);
  });
});

/**
 * Traffic on both replicas while the server is killed, is away, and is back. No decision fails, health names the
 * server, and in the end history has every acknowledged decision and outcome exactly once.
 */
async function survives(
  fleet: Fleet,
  server: 'postgres' | 'redis' | 'nats',
  whileAway: (traffic: Traffic) => Promise<void>,
): Promise<void> {
  const replicas = [fleet.replica('a'), fleet.replica('b')];
  const traffic = Traffic.through(...replicas);
  await passes(traffic, ENOUGH);
  await fleet.servers.kill(server);
  await eventually(async () => {
    for (const replica of replicas) {
      assert.equal((await replica.components())[server], 'down');
      const { status, reasons, dependencies } = await healthOf(replica);
      assert.deepEqual([status, dependencies[server]], ['degraded', 'down']);
      assert.equal(reasons.length, 1);
    }
  }, CATCH_UP);
  await whileAway(traffic);
  await fleet.servers.restart(server);
  await eventually(async () => {
    for (const replica of replicas) assert.ok(await isHealthy(replica));
  }, CATCH_UP);
  await passes(traffic, ENOUGH);
  await traffic.stop();
  assert.deepEqual(traffic.failures, []);
  await eventually(() => historyHas(fleet, traffic), CATCH_UP);
}

/** The traffic gets on by this many calls. */
async function passes(traffic: Traffic, calls: number): Promise<void> {
  const goal = traffic.reported.length + calls;
  await eventually(() => traffic.reported.length >= goal, CATCH_UP);
}

async function historyHas(fleet: Fleet, { decided, reported }: Traffic): Promise<void> {
  const client = new pg.Client({ connectionString: fleet.servers.databaseUrl });
  await client.connect();
  try {
    for (const [table, ids] of [
      ['decisions', decided],
      ['outcomes', reported],
    ] as const) {
      const { rows } = await client.query<{ found: string; distinct: string }>(
        `SELECT count(*) AS found, count(DISTINCT coordination_id) AS distinct FROM ${table} WHERE coordination_id = ANY($1)`,
        [ids],
      );
      assert.deepEqual([Number(rows[0]?.found), Number(rows[0]?.distinct)], [ids.length, ids.length], table);
    }
  } finally {
    await client.end();
  }
}

async function healthOf(replica: Replica): Promise<CoordinatorHealth> {
  return (await replica.get<CoordinatorHealth>('/enhanced-traffic-coordination/health', { as: null })).data;
}

async function isHealthy(replica: Replica): Promise<boolean> {
  return (await replica.isUp()) && (await healthOf(replica)).status === 'healthy';
}
