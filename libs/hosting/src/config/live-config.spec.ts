import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate as settled } from 'node:timers/promises';
import type { Budget } from '@signalbox/contracts';
import type { MessageBus } from '@signalbox/messaging';
import type { ConfigStore, Database } from '@signalbox/persistence';
import type { Metrics } from '@signalbox/platform';
import type { Hosted } from '../hosted.js';
import { Schedule } from '../schedule/schedule.js';
import { ChangeConfig } from './change-config.js';
import { BUDGETS } from './kinds.js';
import { LiveConfig } from './live-config.js';
import type { VersionedConfig } from './versioned-config.js';

const STORED = { object: 'budget:stripe', updatedAt: '2026-01-15T12:00:00.000Z', updatedBy: 'alice' };

/** A replica that has started, with servers that are as the test says and seconds that pass when it says. */
async function replica(t: TestContext, world: { nats: 'connected' | 'disconnected'; takesNews?: boolean }) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const body: Budget = { dailyUsd: 1, monthlyUsd: 10 };
  const seen = { version: 1, reads: 0 };
  const held = { value: null as VersionedConfig<unknown> | null, revision: 0, older: null as number | null };
  const write = (value: VersionedConfig<unknown>, expected: number) => {
    if (held.older !== null) {
      held.value = { ...value, version: held.older };
      held.revision += 1;
      held.older = null;
    }
    if (held.revision !== expected) return Promise.resolve({ won: false });
    held.value = value;
    return Promise.resolve({ won: true, revision: ++held.revision });
  };
  const bus = {
    get state() {
      return world.nats;
    },
    post: () => undefined,
    bucket: () => ({
      watch: () => ({ stop: () => undefined }),
      get: async () => {
        if (world.nats !== 'connected' || world.takesNews === false) throw new Error('no answer');
        return held.value === null ? null : { value: held.value, revision: held.revision };
      },
      create: (_key: string, value: VersionedConfig<unknown>) => write(value, 0),
      update: (_key: string, value: VersionedConfig<unknown>, revision: number) => write(value, revision),
    }),
  } as unknown as MessageBus;
  const stored = () => ({ ...STORED, version: seen.version, body });
  const configs = {
    seed: () => Promise.resolve(),
    loadAll: () => Promise.resolve([((seen.reads += 1), stored())]),
    edit: () => Promise.resolve(((seen.version += 1), stored())),
  } as unknown as ConfigStore;
  const database = { state: 'connected', migrate: () => Promise.resolve() } as unknown as Database;
  const change = new ChangeConfig(configs, bus);
  const metrics = { counter: () => ({ inc: () => undefined }) } as unknown as Metrics;
  const schedule = new Schedule(metrics, bus, { name: 'spec', replicaId: 'a' } as Hosted, {
    nowMs: () => nowMs,
  });
  const live = new LiveConfig(BUDGETS, configs, change, { bus, database, schedule });
  await live.start();
  schedule.onApplicationBootstrap();
  t.after(async () => {
    live.stop();
    await schedule.beforeApplicationShutdown();
  });
  const pass = async (seconds: number) => {
    for (let n = 0; n < seconds; n++) {
      nowMs += 1_000;
      t.mock.timers.tick(1_000);
      await settled();
    }
  };
  const caller = { subject: 'alice', role: 'admin' } as Parameters<ChangeConfig['put']>[3];
  const put = () => change.put(BUDGETS, 'stripe', body, caller);
  return { live, seen, held, pass, put };
}

describe('LiveConfig', () => {
  it('fills the bucket when NATS comes after PostgreSQL', async (t) => {
    const world: Parameters<typeof replica>[1] = { nats: 'disconnected' };
    const { live, held, pass } = await replica(t, world);
    assert.equal(live.get('stripe').version, 1);
    assert.equal(held.revision, 0);
    world.nats = 'connected';
    await pass(1);
    assert.equal(held.value?.version, 1);
  });

  it('reads PostgreSQL each second while NATS is away, and once more when it is back', async (t) => {
    const world: Parameters<typeof replica>[1] = { nats: 'connected' };
    const { live, seen, held, pass } = await replica(t, world);
    assert.deepEqual([seen.reads, held.value?.version], [1, 1]);
    world.nats = 'disconnected';
    await pass(3);
    assert.equal(seen.reads, 4);
    // Another replica's change, of which the bucket was not told while it was away.
    seen.version = 2;
    world.nats = 'connected';
    await pass(5);
    assert.equal(seen.reads, 5);
    assert.deepEqual([live.get('stripe').version, held.value?.version], [2, 2]);
  });

  it('brings a change to the bucket also when that did not take it at once', async (t) => {
    const world: Parameters<typeof replica>[1] = { nats: 'connected' };
    const { held, pass, put } = await replica(t, world);
    world.takesNews = false;
    await put();
    await pass(2);
    assert.equal(held.value?.version, 1);
    world.takesNews = true;
    await pass(1);
    assert.equal(held.value?.version, 2);
  });

  it('leaves the newest version in the bucket also when an older one is written at the same moment', async (t) => {
    const { held, seen, put } = await replica(t, { nats: 'connected' });
    seen.version = 2;
    held.older = 2;
    await put();
    assert.equal(held.value?.version, 3);
  });

  it('finds what nobody told of within 30 s', async (t) => {
    const { live, seen, pass } = await replica(t, { nats: 'connected' });
    seen.version = 2;
    await pass(29);
    assert.equal(seen.reads, 1);
    await pass(1);
    assert.equal(live.get('stripe').version, 2);
  });
});
