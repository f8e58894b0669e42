import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate as settled } from 'node:timers/promises';
import type { VersionedService } from '@signalbox/contracts';
import type { ServiceConfigNews } from '@signalbox/hosting';
import type { MessageBus } from '@signalbox/messaging';
import type { CatalogStore, Database } from '@signalbox/persistence';
import type { RoutingEngine } from '@signalbox/routing';
import { aService } from '@signalbox/testkit';
import { CatalogFeed } from './catalog-feed.js';
import { LiveCatalog } from './live-catalog.js';

const versionOf = (version: number): VersionedService => ({
  version,
  updatedAt: '2026-01-15T12:00:00.000Z',
  updatedBy: 'alice',
  service: aService({ serviceName: 'stripe' }),
});

/** A feed that has started, with servers that are as the test says and seconds that pass when it says. */
async function feed(t: TestContext, world: { nats: 'connected' | 'disconnected' }) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const seen = { stored: versionOf(1), reads: 0, bucket: 0, takesNews: true };
  const live = new LiveCatalog({ configure: () => undefined } as unknown as RoutingEngine);
  const share = ({ version }: VersionedService) => {
    if (seen.takesNews) seen.bucket = Math.max(seen.bucket, version);
    return Promise.resolve(seen.takesNews);
  };
  const target = new CatalogFeed(
    live,
    { state: 'connected', migrate: () => Promise.resolve() } as unknown as Database,
    {
      seed: () => Promise.resolve(),
      loadAll: () => Promise.resolve([((seen.reads += 1), seen.stored)]),
    } as unknown as CatalogStore,
    {
      get state() {
        return world.nats;
      },
      bucket: () => ({ watch: () => ({ stop: () => undefined }) }),
    } as unknown as MessageBus,
    { share, publish: share } as unknown as ServiceConfigNews,
  );
  await target.onApplicationBootstrap();
  t.after(() => target.beforeApplicationShutdown());
  const pass = async (seconds: number) => {
    for (let n = 0; n < seconds; n++) {
      nowMs += 1_000;
      t.mock.timers.tick(1_000);
      await settled();
    }
  };
  return { target, live, seen, pass };
}

describe('CatalogFeed', () => {
  it('fills the bucket when NATS comes after PostgreSQL', async (t) => {
    const world: Parameters<typeof feed>[1] = { nats: 'disconnected' };
    const { seen, live, pass } = await feed(t, world);
    assert.equal(live.get('stripe').version, 1);
    assert.equal(seen.bucket, 0);
    world.nats = 'connected';
    await pass(1);
    assert.equal(seen.bucket, 1);
  });

  it('reads PostgreSQL each second while NATS is away, and once more when it is back', async (t) => {
    const world: Parameters<typeof feed>[1] = { nats: 'connected' };
    const { seen, live, pass } = await feed(t, world);
    world.nats = 'disconnected';
    await pass(3);
    assert.equal(seen.reads, 4);
    // Another replica's change, of which the bucket is not told either.
    seen.stored = versionOf(2);
    world.nats = 'connected';
    await pass(5);
    assert.equal(seen.reads, 5);
    assert.equal(live.get('stripe').version, 2);
    assert.equal(seen.bucket, 2);
  });

  it('brings a change to the bucket also when that did not take it at once', async (t) => {
    const { target, seen, pass } = await feed(t, { nats: 'connected' });
    seen.stored = versionOf(2);
    seen.takesNews = false;
    await target.publish(seen.stored, 'alice');
    await pass(2);
    assert.equal(seen.bucket, 1);
    seen.takesNews = true;
    await pass(1);
    assert.equal(seen.bucket, 2);
  });

  it('finds what nobody told of within 30 s', async (t) => {
    const { seen, live, pass } = await feed(t, { nats: 'connected' });
    seen.stored = versionOf(2);
    await pass(29);
    assert.equal(seen.reads, 1);
    await pass(1);
    assert.equal(live.get('stripe').version, 2);
  });
});
