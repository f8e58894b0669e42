import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { BatchQueueView, BatchRequestView } from '@signalbox/contracts';
import { eventually, withServers } from '@signalbox/testkit';
import { Redis } from 'ioredis';
import { ControlPlane } from './support/control-plane.js';
import { RecordingProvider, type Answer, type Received } from './support/provider.js';
import { accept, aMessage, aRead, aRecord, allEnded } from './support/requests.js';
import { WorkerProcess } from './support/worker-process.js';

interface Records {
  records: { fields: { Name: string } }[];
}

/** The provider takes this long, so that what is killed is killed in the middle. */
let slowMs = 0;

function answer({ path, json }: Received): Answer {
  const afterMs = slowMs;
  if (path.startsWith('/v0/')) {
    const { records } = json as Records;
    return {
      status: 200,
      afterMs,
      body: { records: records.map(({ fields }) => ({ id: `rec${fields.Name}`, fields })) },
    };
  }
  return { status: path.endsWith('/Messages.json') ? 201 : 200, afterMs, body: { path } };
}

describe('accepted requests', () => {
  let provider: RecordingProvider;
  let plane: ControlPlane;
  let workers: WorkerProcess[] = [];
  after(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await plane.stop();
    await provider.stop();
  });
  const servers = withServers();
  const start = (id: string) =>
    WorkerProcess.start(id, {
      NATS_URL: servers.natsUrl,
      REDIS_URL: servers.redisUrl,
      DATABASE_URL: servers.databaseUrl,
      // Longer than a busy machine holds up a call, and short enough to wait until the claims of a dead worker end.
      BATCH_PROVIDER_TIMEOUT_MS: '10000',
    });
  const one = () => workers[0] as WorkerProcess;

  before(async () => {
    provider = await RecordingProvider.start(answer);
    plane = await ControlPlane.start(servers.natsUrl, (service) => [
      { nodeId: `${service}_one`, baseUrl: provider.url },
    ]);
    workers = [await start('w1'), await start('w2')];
    // Room for a burst: what is tested here is survival, not pace.
    for (const service of ['airtable', 'twilio', 'stripe']) {
      const policy = { maxItems: 10, maxWaitMs: 200, costBoundUsd: 10, requestsPerSecond: 1_000 };
      await eventually(async () => {
        assert.equal((await one().put(`/admin/batch-policies/${service}`, policy)).status, 200);
      });
    }
  });

  /** Each text of a message that went over the wire, as often as it did. */
  const messagesSent = (sent: readonly Received[]) =>
    sent
      .filter(({ path }) => path.endsWith('/Messages.json'))
      .map(({ text }) => new URLSearchParams(text).get('To'));
  const recordsSent = (sent: readonly Received[]) =>
    sent
      .filter(({ path }) => path.startsWith('/v0/'))
      .flatMap(({ json }) => (json as Records).records.map(({ fields }) => fields.Name));

  const endOnce = async (api: WorkerProcess, ids: readonly string[]): Promise<BatchRequestView[]> => {
    const views = await allEnded(api, ids, 120_000);
    for (const view of views) assert.ok(['succeeded', 'dead'].includes(view.state), JSON.stringify(view));
    return views;
  };

  it('end once each when a worker is killed −9 in the middle of their batches', async () => {
    provider.taken();
    slowMs = 800;
    const people = Array.from({ length: 12 }, (_, index) => `+1555000${1000 + index}`);
    const names = Array.from({ length: 24 }, (_, index) => `K${index}`);
    const paths = Array.from({ length: 12 }, (_, index) => `/v1/killed/${index}`);
    const target = (index: number) => workers[index % 2] as WorkerProcess;
    const ids = await Promise.all([
      ...people.map((to, index) => accept(target(index), aMessage(to))),
      ...names.map((name, index) => accept(target(index), aRecord(name))),
      ...paths.map((path, index) => accept(target(index), aRead(path))),
    ]);
    await eventually(() => assert.ok(provider.received.length >= 3));
    const queue = await one().get<BatchQueueView>('/external-services/batch-queue/twilio', { as: 'user' });
    const victim = workers.find(({ id }) => id === queue.data.assembler?.replicaId) ?? one();
    const survivor = workers.find((worker) => worker !== victim) as WorkerProcess;
    await victim.kill();
    slowMs = 0;
    workers = [survivor, await start('w3')];

    const views = await endOnce(survivor, ids);
    const sent = provider.taken();
    const messages = messagesSent(sent);
    const records = recordsSent(sent);
    for (const [index, to] of people.entries()) {
      const times = messages.filter((one) => one === to).length;
      assert.ok(times <= 1, `${to} got ${times} messages`);
      if (views[index]?.state === 'succeeded') assert.equal(times, 1);
      else assert.equal(views[index]?.error?.reason, 'outcome_unknown');
    }
    for (const [index, name] of names.entries()) {
      const times = records.filter((one) => one === name).length;
      assert.ok(times <= 1, `${name} was created ${times} times`);
      if (views[people.length + index]?.state === 'succeeded') assert.equal(times, 1);
    }
    for (const view of views.slice(people.length + names.length)) {
      assert.equal(view.state, 'succeeded', 'a read is made again, by whoever lives');
    }
  });

  it('end once each when Redis forgets everything', async () => {
    provider.taken();
    const held = { maxItems: 10, maxWaitMs: 200, costBoundUsd: 10, requestsPerSecond: 1_000, enabled: false };
    await one().put('/admin/batch-policies/airtable', held);
    await eventually(async () => {
      const queue = await one().get<BatchQueueView>('/external-services/batch-queue/airtable', {
        as: 'user',
      });
      assert.equal(queue.data.enabled, false);
      assert.equal(queue.data.assembler, null);
    });
    const names = Array.from({ length: 30 }, (_, index) => `W${index}`);
    const ids = await Promise.all(
      names.map((name, index) => accept(workers[index % 2] as WorkerProcess, aRecord(name))),
    );
    const redis = new Redis(servers.redisUrl);
    await redis.flushall();
    redis.disconnect();
    await one().put('/admin/batch-policies/airtable', { ...held, enabled: true });
    const views = await endOnce(one(), ids);
    for (const view of views) assert.equal(view.state, 'succeeded', JSON.stringify(view));
    assert.deepEqual(recordsSent(provider.taken()).sort(), [...names].sort());
  });

  it('are taken while Redis is away, and sent when it is back', async () => {
    provider.taken();
    await servers.kill('redis');
    const names = Array.from({ length: 10 }, (_, index) => `R${index}`);
    const ids = await Promise.all(names.map((name) => accept(one(), aRecord(name))));
    await servers.restart('redis');
    const views = await endOnce(one(), ids);
    for (const view of views) assert.equal(view.state, 'succeeded', JSON.stringify(view));
    assert.deepEqual(recordsSent(provider.taken()).sort(), [...names].sort());
  });

  it('keep the answer that a provider gave while PostgreSQL was away', async () => {
    provider.taken();
    slowMs = 1_500;
    const ids = await Promise.all(['+15559990001', '+15559990002'].map((to) => accept(one(), aMessage(to))));
    await eventually(() => assert.equal(messagesSent(provider.received).length, 2));
    await servers.kill('postgres');
    const refused = await one().post('/external-services/batch-request', aMessage('+15559990003'));
    assert.equal(refused.status, 503, 'what cannot be kept is not accepted');
    slowMs = 0;
    await servers.restart('postgres');
    const views = await endOnce(one(), ids);
    for (const view of views) assert.equal(view.state, 'succeeded', JSON.stringify(view));
    assert.equal(messagesSent(provider.taken()).length, 2);
  });

  it('are sent by the last known order while NATS is away', async () => {
    provider.taken();
    await servers.kill('nats');
    const id = await accept(one(), aRead('/v1/without-nats'));
    const [view] = await endOnce(one(), [id]);
    assert.equal(view?.state, 'succeeded', JSON.stringify(view));
    await servers.restart('nats');
  });
});
