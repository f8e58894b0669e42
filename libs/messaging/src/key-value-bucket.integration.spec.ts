import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually, withServers } from '@signalbox/testkit';
import type { KeyValueBucket } from './key-value-bucket.js';
import type { MessageBus } from './message-bus.js';
import { aBus } from './spec-bus.js';

interface Lease {
  holder: number;
}

describe('KeyValueBucket', () => {
  const servers = withServers('nats');
  let buses: MessageBus[];
  let bucket: KeyValueBucket<Lease>;

  before(async () => {
    buses = Array.from({ length: 5 }, () => aBus(servers.natsUrl));
    await Promise.all(buses.map((bus) => bus.connected()));
    bucket = (buses[0] as MessageBus).bucket('leases');
    // Made by one: nats-server 2.9 answers a second creator before the bucket listens.
    await bucket.keys();
  });
  after(() => Promise.all(buses.map((bus) => bus.close())));

  /** Fifty contenders over five connections. */
  const contend = <R>(attempt: (mine: KeyValueBucket<Lease>, holder: number) => Promise<R>): Promise<R[]> =>
    Promise.all(
      Array.from({ length: 50 }, (_, holder) =>
        attempt((buses[holder % 5] as MessageBus).bucket<Lease>('leases'), holder),
      ),
    );

  it('gives a lease to exactly one of fifty concurrent contenders, and again after it is given back', async () => {
    for (let round = 0; round < 3; round++) {
      const results = await contend((mine, holder) => mine.create('probe.stripe.a', { holder }));
      const winners = results.flatMap((result, holder) =>
        result.won ? [{ holder, revision: result.revision }] : [],
      );
      assert.equal(winners.length, 1);
      const [winner] = winners;
      const held = await bucket.get('probe.stripe.a');
      assert.deepEqual(held, { value: { holder: winner?.holder }, revision: winner?.revision });
      assert.equal(await bucket.deleteIf('probe.stripe.a', (winner?.revision ?? 0) + 1), false);
      assert.equal(await bucket.deleteIf('probe.stripe.a', winner?.revision ?? 0), true);
      assert.equal(await bucket.get('probe.stripe.a'), null);
    }
  });

  it('lets exactly one of fifty concurrent updates of the same revision win', async () => {
    const revision = await bucket.put('counter', { holder: -1 });
    const results = await contend((mine, holder) => mine.update('counter', { holder }, revision));
    assert.equal(results.filter(({ won }) => won).length, 1);
  });

  it('lists the live keys only', async () => {
    await bucket.put('listed.a', { holder: 1 });
    await bucket.put('listed.b', { holder: 2 });
    await bucket.delete('listed.a');
    assert.deepEqual(await bucket.keys('listed.*'), ['listed.b']);
  });

  it('tells a watcher all there is, then every change, and after an outage what changed meanwhile and nothing else', async () => {
    const [, watching, writing] = buses as [MessageBus, MessageBus, MessageBus];
    const writer = writing.bucket<Lease>('watched');
    for (const key of ['kept', 'changed', 'deleted', 'gone']) await writer.put(key, { holder: 1 });
    await writer.delete('gone');

    const told: [string, number | null][] = [];
    const watch = watching
      .bucket<Lease>('watched')
      .watch((key, entry) => told.push([key, entry?.value.holder ?? null]));
    await watch.initialised;
    assert.deepEqual(told.splice(0), [
      ['kept', 1],
      ['changed', 1],
      ['deleted', 1],
    ]);
    await writer.put('live', { holder: 1 });
    await eventually(() => assert.deepEqual(told, [['live', 1]]));
    told.length = 0;

    await servers.kill('nats');
    await eventually(() => buses.every(({ state }) => state === 'disconnected'));
    await assert.rejects(writer.get('kept'), { code: 'DEPENDENCY_UNAVAILABLE' });
    await servers.restart('nats');
    await eventually(() => writing.state === 'connected');
    await writer.put('changed', { holder: 2 });
    await writer.delete('deleted');
    await eventually(() =>
      assert.deepEqual(told, [
        ['changed', 2],
        ['deleted', null],
      ]),
    );
    watch.stop();
  });

  it('says at once that an empty bucket is known', async () => {
    const watch = (buses[3] as MessageBus)
      .bucket('empty')
      .watch(() => assert.fail('there is nothing to tell'));
    await watch.initialised;
    watch.stop();
  });

  it('refuses a key that cannot be one, as a mistake of the caller', async () => {
    // Each process comes back at its own pace after the restart before.
    await eventually(() => buses.every(({ state }) => state === 'connected'));
    await assert.rejects(bucket.put('no spaces', { holder: 1 }), /invalid key/);
  });
});
