import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { eventually, withServers } from '@signalbox/testkit';
import type { RedisConnection } from './redis-connection.js';
import { SharedPacer } from './shared-pacer.js';
import { aConnection } from './spec-connection.js';

describe('SharedPacer', () => {
  const servers = withServers('redis');
  const connections: RedisConnection[] = [];
  const pacer = async (): Promise<SharedPacer> => {
    const connection = aConnection(servers.redisUrl);
    connections.push(connection);
    await eventually(() => connection.state === 'connected');
    return new SharedPacer(connection);
  };
  after(() => Promise.all(connections.map((connection) => connection.close())));

  it('lets the burst go and then one an interval, whichever worker asks', async () => {
    const [one, other] = [await pacer(), await pacer()];
    const pace = { requestsPerSecond: 0.1, burst: 3 };
    const waits: number[] = [];
    for (let asked = 0; asked < 6; asked++)
      waits.push(await (asked % 2 ? one : other).take('airtable:app1', pace));
    assert.deepEqual(waits.slice(0, 3), [0, 0, 0]);
    // Three calls at time t leave the fourth for t + 10 s; asking again takes nothing and changes nothing.
    for (const waitMs of waits.slice(3)) assert.ok(waitMs > 5_000 && waitMs <= 10_000, String(waitMs));
  });

  it('paces lanes apart', async () => {
    const shared = await pacer();
    const pace = { requestsPerSecond: 0.01, burst: 1 };
    assert.equal(await shared.take('airtable:app2', pace), 0);
    assert.ok((await shared.take('airtable:app2', pace)) > 0);
    assert.equal(await shared.take('airtable:app3', pace), 0);
  });

  it('rests a lane for as long as the provider asked, for every worker, also one without a pace', async () => {
    const [one, other] = [await pacer(), await pacer()];
    const free = { requestsPerSecond: null, burst: 1 };
    assert.equal(await one.take('twilio', free), 0);
    assert.equal(await one.take('twilio', free), 0);
    await one.rest('twilio', 30_000);
    await one.rest('twilio', 10);
    const waitMs = await other.take('twilio', free);
    assert.ok(waitMs > 20_000 && waitMs <= 30_000, String(waitMs));
  });
});
