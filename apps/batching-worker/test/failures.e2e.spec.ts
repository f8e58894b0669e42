import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { BatchDeadLetterChanged, BatchDeadLetterView, Page } from '@signalbox/contracts';
import { tokenOf, withHosted } from '@signalbox/hosting/testing';
import { eventually } from '@signalbox/testkit';
import { batchingWorker } from '../src/index.js';
import { ControlPlane } from './support/control-plane.js';
import { RecordingProvider, type Answer, type Received } from './support/provider.js';
import { accept, aMail, aMessage, aRead, aRecord, allEnded, ended, viewOf } from './support/requests.js';

interface Records {
  records: { fields: { Name: string } }[];
}

function created({ json }: Received): Answer {
  const { records } = json as Records;
  return {
    status: 200,
    body: { records: records.map(({ fields }) => ({ id: `rec${fields.Name}`, fields })) },
  };
}

describe('batches, when providers fail', () => {
  const hosted = withHosted([batchingWorker], ['a'], () => ({
    // One test waits for it; for all others it is longer than a busy machine holds up a call.
    BATCH_PROVIDER_TIMEOUT_MS: '5000',
    BATCH_GIVE_UP_AFTER_MS: '60000',
  }));
  let first: RecordingProvider;
  let second: RecordingProvider;
  let plane: ControlPlane;
  const api = () => hosted.process('a');
  const ok = (): Answer => ({ status: 200, body: { fine: true } });

  before(async () => {
    first = await RecordingProvider.start(ok);
    second = await RecordingProvider.start(ok);
    plane = await ControlPlane.start(hosted.servers.natsUrl, (service) => [
      { nodeId: `${service}_one`, baseUrl: first.url },
      { nodeId: `${service}_two`, baseUrl: second.url },
    ]);
  });
  after(async () => {
    await plane.stop();
    await Promise.all([first.stop(), second.stop()]);
  });
  const forget = () => {
    first.taken();
    second.taken();
    first.respond = second.respond = ok;
    plane.refuse = () => null;
  };

  it('finds the poison record of a refused batch by halving, and creates all the others once', async () => {
    forget();
    first.respond = (request) =>
      (request.json as Records).records.some(({ fields }) => fields.Name === 'POISON')
        ? { status: 422, body: { error: { type: 'INVALID_VALUE_FOR_COLUMN', message: 'no such field' } } }
        : created(request);
    const names = ['A', 'B', 'C', 'POISON', 'D', 'E', 'F', 'G'];
    const ids = await Promise.all(names.map((name) => accept(api(), aRecord(name))));
    const views = await allEnded(api(), ids);
    const poison = views[3];
    assert.equal(poison?.state, 'dead');
    assert.equal(poison?.error?.reason, 'refused');
    assert.match(JSON.stringify(poison?.result), /INVALID_VALUE_FOR_COLUMN/);
    for (const view of views.filter((one) => one !== poison))
      assert.equal(view.state, 'succeeded', JSON.stringify(view));
    const written = first
      .taken()
      .filter((request) => !request.text.includes('POISON'))
      .flatMap(({ json }) => (json as Records).records.map(({ fields }) => fields.Name));
    assert.deepEqual(written.sort(), ['A', 'B', 'C', 'D', 'E', 'F', 'G']);
  });

  it('retries a failed read on another node', async () => {
    forget();
    first.respond = () => ({ status: 500, body: { error: { message: 'oh no' } } });
    const view = await ended(api(), await accept(api(), aRead('/v1/charges/ch_retry')));
    assert.equal(view.state, 'succeeded');
    assert.equal(view.nodeId, 'stripe_two');
    assert.equal(view.attempts, 2);
    assert.deepEqual([first.taken().length, second.taken().length], [1, 1]);
  });

  it('keeps the key of a write over its retries', async () => {
    forget();
    first.respond = () => 'reset';
    const charge = { method: 'POST', path: '/v1/charges', body: { amount: 100 } };
    const request = aRead('', { payload: charge, idempotencyKey: 'order-8' });
    const view = await ended(api(), await accept(api(), request));
    assert.equal(view.state, 'succeeded');
    const keys = [...first.taken(), ...second.taken()].map(({ headers }) => headers['idempotency-key']);
    assert.deepEqual(keys, ['order-8', 'order-8']);
  });

  it('never sends a message again that may have gone out: a person looks', async () => {
    forget();
    first.respond = () => 'hang';
    const view = await ended(api(), await accept(api(), aMessage('+15557770001')));
    assert.equal(view.state, 'dead');
    assert.equal(view.error?.reason, 'outcome_unknown');
    assert.equal(first.taken().length + second.taken().length, 1);
  });

  it('sends a message again that cannot have gone out', async () => {
    forget();
    plane.offer((service) => [
      { nodeId: `${service}_gone`, baseUrl: 'http://127.0.0.1:1' },
      { nodeId: `${service}_two`, baseUrl: second.url },
    ]);
    const view = await ended(api(), await accept(api(), aMessage('+15557770002')));
    plane.offer((service) => [
      { nodeId: `${service}_one`, baseUrl: first.url },
      { nodeId: `${service}_two`, baseUrl: second.url },
    ]);
    assert.equal(view.state, 'succeeded', JSON.stringify(view));
    assert.equal(second.taken().length, 1);
  });

  it('gives back what was reserved for a call that no node may carry, and asks anew when one may', async () => {
    forget();
    plane.offer(() => []);
    const before = plane.admissionRequests.length;
    const id = await accept(api(), aRead('/v1/charges/ch_nobody'));
    const [asked] = await eventually(() => {
      const requests = plane.admissionRequests.slice(before);
      assert.ok(requests.length > 0 && plane.released.includes(requests[0]!.requestId));
      return requests;
    });
    plane.offer((service) => [
      { nodeId: `${service}_one`, baseUrl: first.url },
      { nodeId: `${service}_two`, baseUrl: second.url },
    ]);
    assert.equal((await ended(api(), id)).state, 'succeeded');
    const anew = plane.admissionRequests.at(-1);
    assert.notEqual(anew?.requestId, asked?.requestId);
    assert.ok(!plane.released.includes(anew?.requestId ?? ''), 'what was called is settled, not given back');
  });

  it('leaves a provider alone for as long as its 429 asks, and loses no attempt by it', async () => {
    forget();
    let refusals = 1;
    first.respond = () => (refusals-- > 0 ? { status: 429, headers: { 'retry-after': '2' } } : ok());
    const view = await ended(api(), await accept(api(), aRead('/v1/charges/ch_busy')));
    assert.equal(view.state, 'succeeded');
    assert.equal(view.attempts, 1);
    const [refused, again] = first.taken();
    assert.ok((again?.atMs ?? 0) - (refused?.atMs ?? 0) >= 1_900, 'it came back before it was asked to');
  });

  it('answers a refused read with the refusal itself', async () => {
    forget();
    first.respond = () => ({ status: 404, body: { error: { message: 'No such customer' } } });
    const view = await ended(api(), await accept(api(), aRead('/v1/customers/nobody')));
    assert.equal(view.state, 'failed');
    assert.deepEqual(view.result, { statusCode: 404, body: { error: { message: 'No such customer' } } });
  });

  it('waits while the ledger refuses, and gives up when that would take too long', async () => {
    forget();
    let refused = false;
    plane.refuse = () => (refused ? null : ((refused = true), 1));
    const waited = await ended(api(), await accept(api(), aRead('/v1/charges/ch_waits')));
    assert.equal(waited.state, 'succeeded');
    assert.ok(refused);
    plane.refuse = () => 3_600;
    const dead = await ended(api(), await accept(api(), aRead('/v1/charges/ch_never')));
    assert.deepEqual([dead.state, dead.error?.reason], ['dead', 'not_admitted']);
    assert.equal(first.taken().length, 1);
  });

  it('ends requests whose node never works after as many attempts as the policy has', async () => {
    forget();
    first.respond = second.respond = () => ({ status: 500 });
    const body = { maxItems: 100, maxWaitMs: 100, costBoundUsd: 1, maxAttempts: 2 };
    await api().put('/admin/batch-policies/stripe', body);
    const view = await ended(api(), await accept(api(), aRead('/v1/charges/ch_dead')));
    assert.deepEqual([view.state, view.error?.reason, view.attempts], ['dead', 'attempts_exhausted', 2]);
  });

  it('lists, inspects, replays and discards dead letters', async () => {
    forget();
    const manager = { as: 'manager' as const };
    first.respond = () => ({ status: 400, body: { message: 'Invalid To', code: 21211 } });
    const ids = await Promise.all(['+15558880001', '+15558880002'].map((to) => accept(api(), aMessage(to))));
    await allEnded(api(), ids);
    const query = '/admin/batch-dead-letters?serviceName=twilio&reason=refused';
    const list = await api().get<Page<BatchDeadLetterView>>(query, manager);
    assert.deepEqual(new Set(list.data.items.map(({ requestId }) => requestId)), new Set(ids));
    assert.equal('payload' in (list.data.items[0] ?? {}), false);
    const one = await api().get<BatchDeadLetterView>(`/admin/batch-dead-letters/${ids[0]}`, manager);
    assert.deepEqual(one.data.payload, aMessage('+15558880001').payload);
    const limited = await tokenOf({ role: 'admin', services: ['maps'] });
    const foreign = await api().get(`/admin/batch-dead-letters/${ids[0]}`, { as: { token: limited } });
    assert.equal(foreign.status, 404);

    const filter = { serviceName: 'twilio', reason: 'refused' };
    const dry = await api().post<BatchDeadLetterChanged>('/admin/batch-dead-letters/replay', {
      ...filter,
      dryRun: true,
    });
    assert.deepEqual(dry.data.matching, [{ serviceName: 'twilio', reason: 'refused', count: 2 }]);
    assert.equal(dry.data.requestIds.length, 2);
    assert.equal((await viewOf(api(), ids[0] ?? '')).state, 'dead');
    assert.equal((await api().post('/admin/batch-dead-letters/replay', filter, manager)).status, 403);

    first.taken();
    first.respond = () => ({ status: 201, body: { sid: 'SM2' } });
    const replayed = await api().post(`/admin/batch-dead-letters/${ids[0]}/replay`);
    assert.equal(replayed.status, 200);
    const view = await ended(api(), ids[0] ?? '');
    assert.equal(view.state, 'succeeded');
    assert.equal(first.taken().length, 1);
    assert.equal((await api().post(`/admin/batch-dead-letters/${ids[0]}/replay`)).status, 404);
    const discarded = await api().post<BatchDeadLetterChanged>('/admin/batch-dead-letters/discard', filter);
    assert.deepEqual(discarded.data.requestIds, [ids[1]]);
    assert.equal((await viewOf(api(), ids[1] ?? '')).state, 'discarded');
  });

  it('lets what is critical pass what is not, also when the provider takes one call at a time', async () => {
    forget();
    const slow = { maxItems: 100, maxWaitMs: 50, costBoundUsd: 1, requestsPerSecond: 0.5 };
    await api().put('/admin/batch-policies/stripe', slow);
    const low = await Promise.all(
      Array.from({ length: 20 }, (_, index) => accept(api(), aRead(`/v1/low/${index}`, { priority: 'LOW' }))),
    );
    await eventually(() => assert.ok(first.received.length > 0));
    const critical = await accept(api(), aRead('/v1/critical', { priority: 'CRITICAL' }));
    // A call leaves every two seconds: in its turn, after all that had come before it, it would go after forty.
    const left = await eventually(() => {
      const paths = first.received.map(({ path }) => path);
      assert.ok(paths.includes('/v1/critical'), paths.join(' '));
      return paths;
    });
    assert.ok(left.length < 21, left.join(' '));
    await api().put('/admin/batch-policies/stripe', { ...slow, requestsPerSecond: 1_000 });
    await allEnded(api(), [...low, critical]);
    assert.equal(first.taken().length, 21);
  });

  it('sends on what a worker that stops had not sent', async () => {
    forget();
    const ids = await Promise.all(['s1', 's2'].map((name) => accept(api(), aMail(`${name}@example.com`))));
    await hosted.restart('a');
    const views = await allEnded(api(), ids, 60_000);
    for (const view of views) assert.equal(view.state, 'succeeded', JSON.stringify(view));
    const addressed = [...first.taken(), ...second.taken()].map(({ text }) => text).join();
    for (const name of ['s1', 's2'])
      assert.equal(addressed.split(`${name}@example.com`).length, 2, 'sent once');
  });
});
