import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually, withServers } from '@signalbox/testkit';
import { ClaimStore } from './claim-store.js';
import { RedisConnection } from './redis-connection.js';
import { aConnection } from './spec-connection.js';

describe('ClaimStore', () => {
  const servers = withServers('redis');
  let connections: RedisConnection[];
  let stores: ClaimStore[];

  before(async () => {
    connections = Array.from({ length: 4 }, () => aConnection(servers.redisUrl));
    stores = connections.map((connection) => new ClaimStore({ connection }));
    await eventually(() => connections.every(({ isAvailable }) => isAvailable));
  });
  after(() => Promise.all(connections.map((connection) => connection.close())));

  it('lets exactly one of many concurrent claimers in four processes have each key', async () => {
    const keys = Array.from({ length: 250 }, (_, index) => `key-${index}`);
    const claims = keys.flatMap((key) =>
      stores.flatMap((store) => [store.claim(key, 60), store.claim(key, 60)]),
    );
    const won = (await Promise.all(claims)).filter(Boolean);
    // 250 keys, eight claimers each: one winner a key.
    assert.equal(won.length, 250);
    assert.equal(stores[0]?.scope, 'shared');
  });

  it('lets one of two have a key while Redis pauses for longer than a limit is waited for', async (t) => {
    const [one, two] = stores as [ClaimStore, ClaimStore];
    const operator = aConnection(servers.redisUrl);
    t.after(() => operator.close());
    await eventually(() => operator.isAvailable);
    await operator.run((redis) => redis.call('CLIENT', 'PAUSE', '600', 'WRITE'));
    const won = await Promise.all([one.claim('in a pause', 60), two.claim('in a pause', 60)]);
    assert.deepEqual(won.sort(), [false, true]);
  });

  it('lets a key be claimed again once it is released', async () => {
    const [one, two] = stores as [ClaimStore, ClaimStore];
    assert.equal(await one.claim('work', 60), true);
    assert.equal(await two.claim('work', 60), false);
    await one.release('work');
    assert.equal(await two.claim('work', 60), true);
  });

  it('still lets each process claim once while Redis is away, says so, and shares again when it is back', async () => {
    const [one, two] = stores as [ClaimStore, ClaimStore];
    assert.equal(await one.claim('before', 60), true);
    await servers.kill('redis');
    await eventually(() => stores.every(({ scope }) => scope === 'local'));
    assert.equal(await one.claim('during', 60), true);
    assert.equal(await one.claim('during', 60), false);
    assert.equal(await two.claim('during', 60), true);
    assert.equal(
      await one.claim('before', 60),
      false,
      'a claim of before the outage holds where it was made',
    );
    await servers.restart('redis');
    await eventually(() => stores.every(({ scope }) => scope === 'shared'));
    assert.equal(await one.claim('after', 60), true);
    assert.equal(await two.claim('after', 60), false);
  });
});
