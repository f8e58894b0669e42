import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type {
  BatchAccepted,
  BatchQueueView,
  BatchRequestView,
  BatchingPerformance,
  OutcomeReported,
} from '@signalbox/contracts';
import { tokenOf, withHosted } from '@signalbox/hosting/testing';
import { eventually } from '@signalbox/testkit';
import { batchingWorker } from '../src/index.js';
import { ControlPlane } from './support/control-plane.js';
import { RecordingProvider, type Answer, type Received } from './support/provider.js';
import { accept, aMail, aMessage, aRead, aRecord, allEnded, ended, viewOf } from './support/requests.js';

interface Records {
  records: { fields: { Name: string } }[];
}
interface Mail {
  personalizations: { to: { email: string }[] }[];
}

/** As the providers answer when all is well. */
function well({ path, json, query }: Received): Answer {
  if (path === '/v3/mail/send') return { status: 202, headers: { 'x-message-id': 'mail-1' } };
  if (path.startsWith('/v0/')) {
    const { records } = json as Records;
    return {
      status: 200,
      body: { records: records.map(({ fields }) => ({ id: `rec${fields.Name}`, fields })) },
    };
  }
  if (path === '/fleet/vehicles/stats') {
    const ids = (query.get('vehicleIds') ?? '').split(',');
    const data = ids.map((id) => ({ id, name: `Truck ${id}`, gps: { latitude: Number(id) } }));
    return { status: 200, body: { data, pagination: { endCursor: '', hasNextPage: false } } };
  }
  if (path.endsWith('/Messages.json')) return { status: 201, body: { sid: 'SM1', status: 'queued' } };
  return { status: 200, body: { path } };
}

describe('batches, on two workers', () => {
  const hosted = withHosted([batchingWorker], ['a', 'b']);
  let provider: RecordingProvider;
  let plane: ControlPlane;
  const a = () => hosted.process('a');
  const b = () => hosted.process('b');
  const either = (index: number) => (index % 2 === 0 ? a() : b());

  before(async () => {
    provider = await RecordingProvider.start(well);
    plane = await ControlPlane.start(hosted.servers.natsUrl, (service) => [
      { nodeId: `${service}_one`, baseUrl: provider.url },
    ]);
  });
  after(async () => {
    await plane.stop();
    await provider.stop();
  });

  it('merges mails that came in by both workers into one request, and tells each sender its own end', async () => {
    const addresses = Array.from({ length: 12 }, (_, index) => `user${index}@example.com`);
    const ids = await Promise.all(addresses.map((to, index) => accept(either(index), aMail(to))));
    const views = await allEnded(a(), ids);
    assert.deepEqual(new Set(views.map(({ state }) => state)), new Set(['succeeded']));
    const sent = provider.taken();
    const recipients = sent.flatMap(({ json }) =>
      (json as Mail).personalizations.map(({ to }) => to[0]?.email),
    );
    assert.deepEqual(recipients.sort(), [...addresses].sort());
    assert.ok(sent.length <= 3, `${sent.length} requests for 12 mails`);
    assert.equal(views[0]?.result?.statusCode, 202);
  });

  it('gives each creator of a record the record that it created', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `R${index}`);
    const ids = await Promise.all(names.map((name, index) => accept(either(index), aRecord(name))));
    const views = await allEnded(b(), ids);
    const created = views.map((view) =>
      (view.result?.body as Records).records.map(({ fields }) => fields.Name),
    );
    assert.deepEqual(
      created,
      names.map((name) => [name]),
    );
    const sizes = provider.taken().map(({ json }) => (json as Records).records.length);
    assert.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      20,
    );
    assert.ok(sizes.every((size) => size <= 10) && sizes.length <= 5, JSON.stringify(sizes));
  });

  it('splits one answer about many vehicles', async () => {
    const read = (id: string) => ({
      serviceName: 'samsara' as const,
      operation: 'vehicle_stats' as const,
      priority: 'LOW' as const,
      payload: { vehicleIds: [id], types: ['gps'] },
    });
    const ids = await Promise.all(['11', '22', '33'].map((id, index) => accept(either(index), read(id))));
    const views = await allEnded(a(), ids);
    const seen = views.map((view) =>
      (view.result?.body as { data: { id: string }[] }).data.map(({ id }) => id),
    );
    assert.deepEqual(seen, [['11'], ['22'], ['33']]);
    assert.ok(provider.taken().length <= 2);
  });

  it('makes the same read once in a minute and gives its answer to everybody of the tenant', async () => {
    const token = await tokenOf({ role: 'service', subject: 'orders' });
    const as = { as: { token } };
    const path = '/v1/customers/cus_1';
    const ids = await Promise.all(
      Array.from({ length: 6 }, (_, index) => accept(either(index), aRead(path), as)),
    );
    const views = await allEnded(a(), ids);
    assert.equal(provider.taken().length, 1);
    for (const { result } of views) assert.deepEqual(result?.body, { path });
    const first = views.filter(({ duplicateOf }) => duplicateOf === null);
    assert.equal(first.length, 1);
    const late = await ended(b(), await accept(b(), aRead(path), as));
    assert.equal(late.duplicateOf, first[0]?.requestId);
    const other = await ended(b(), await accept(b(), aRead(path), { as: 'service' }));
    assert.equal(other.duplicateOf, null, 'an answer is never shared between tenants');
    assert.equal(provider.taken().length, 1);
  });

  it('answers the same request for the same idempotency key, and refuses the key for another', async () => {
    const token = await tokenOf({ role: 'service' });
    const as = { as: { token } };
    const request = { ...aMessage('+15551230001'), idempotencyKey: 'order-7' };
    const [one, two] = await Promise.all([accept(a(), request, as), accept(b(), request, as)]);
    assert.equal(one, two);
    await ended(a(), one);
    assert.equal(await accept(b(), request, as), one);
    assert.equal(provider.taken().length, 1);
    const other = { ...request, payload: { ...request.payload, Body: 'something else' } };
    const refused = await a().post('/external-services/batch-request', other, as);
    assert.equal(refused.status, 409);
    assert.equal(refused.code, 'CONFLICT');
  });

  it('never takes two writes without a key for one', async () => {
    const ids = await Promise.all([
      accept(a(), aMessage('+15551230002')),
      accept(b(), aMessage('+15551230002')),
    ]);
    await allEnded(a(), ids);
    assert.equal(provider.taken().length, 2);
  });

  it('holds the answer for a caller who waits, whichever worker sends', async () => {
    for (const api of [a(), b()]) {
      const critical = { ...aRead(`/v1/charges/${api.id}`), priority: 'critical' as const };
      const answer = await api.post<BatchRequestView>(
        '/external-services/batch-request?wait=30000',
        critical,
      );
      assert.equal(answer.status, 200);
      assert.equal(answer.data.state, 'succeeded');
      assert.equal(answer.data.priority, 'CRITICAL');
    }
    const slow = await a().post<BatchAccepted>(
      '/external-services/batch-request?wait=1',
      aMail('slow@example.com'),
    );
    assert.equal(slow.status, 202);
    await ended(a(), slow.data.requestId);
    provider.taken();
  });

  it('reports each call once, with its reservation and what it cost', async () => {
    const { batchId } = await ended(a(), await accept(a(), aMessage('+15551230003')));
    // What is reported of the calls before it may still be on its way.
    const isOfIt = ({ reservationId }: OutcomeReported) => reservationId?.startsWith(`${batchId}:`) === true;
    const [outcome, ...others] = await eventually(() => {
      const found = plane.outcomes.filter(isOfIt);
      assert.ok(found.length > 0);
      return found;
    });
    // Sent again because its acknowledgement was late, it is the same event.
    assert.ok(others.every(({ eventId }) => eventId === outcome?.eventId));
    assert.equal(outcome?.outcome, 'success');
    assert.equal(outcome?.actualCost, 0.001);
    const reserved = plane.admissionRequests.map(({ requestId }) => requestId);
    assert.ok(reserved.includes(outcome?.reservationId ?? ''));
    provider.taken();
  });

  it('tells strangers nothing about a request', async () => {
    const id = await accept(a(), aMessage('+15551230004'), { as: 'service' });
    const stranger = await a().get(`/external-services/batch-request/${id}`, { as: 'service' });
    assert.equal(stranger.status, 404);
    const limited = await tokenOf({ role: 'manager', services: ['maps'] });
    const manager = await a().get(`/external-services/batch-request/${id}`, { as: { token: limited } });
    assert.equal(manager.status, 404);
    assert.equal((await viewOf(a(), id)).serviceName, 'twilio');
    await ended(a(), id);
  });

  it('names the bad field of a payload, and refuses what would leave the node’s host', async () => {
    const refused = await a().post('/external-services/batch-request', aRead('//evil.example.com/x'));
    assert.equal(refused.status, 400);
    assert.deepEqual(refused.badFields, ['payload.path']);
    const header = { method: 'GET', path: '/v1/x', headers: { Authorization: 'Bearer stolen' } };
    const authorised = await a().post(
      '/external-services/batch-request',
      aRead('/v1/x', { payload: header }),
    );
    assert.deepEqual(authorised.badFields, ['payload.headers.Authorization']);
    const unknown = { ...aRead('/v1/x'), operation: 'mail_send' };
    assert.deepEqual((await a().post('/external-services/batch-request', unknown)).badFields, ['operation']);
  });

  it('shows what waits, and what was saved', async () => {
    const id = await accept(a(), aMail('queue@example.com', { subject: 'Never seen before' }));
    const queue = await b().get<BatchQueueView>('/external-services/batch-queue/sendgrid', { as: 'user' });
    assert.equal(queue.status, 200);
    assert.ok(queue.data.enabled);
    await ended(a(), id);
    const { data } = await a().get<BatchingPerformance>('/external-services/batching-performance', {
      as: 'user',
    });
    const figures = data.services.airtable;
    assert.equal(figures?.requestsIn, 20);
    assert.ok((figures?.requestsSent ?? 20) <= 5);
    assert.equal(figures?.requestsSaved, 20 - (figures?.requestsSent ?? 0));
    assert.ok((figures?.waitMs.MEDIUM?.requests ?? 0) === 20 && figures?.waitMs.LOW === null);
    assert.equal(data.services.maps, null, 'what was not measured is null');
    assert.ok((data.services.stripe?.duplicatesRemoved ?? 0) >= 6);
  });

  it('puts a changed policy in force on every worker', async () => {
    const { data: live } = await a().get<{ version: number; maxItems: number }>(
      '/admin/batch-policies/airtable',
    );
    const body = {
      maxItems: 2,
      maxWaitMs: 300,
      costBoundUsd: 0.01,
      requestsPerSecond: 50,
      expectedVersion: live.version,
    };
    const put = await b().put<{ version: number }>('/admin/batch-policies/airtable', body);
    assert.equal(put.status, 200);
    await eventually(async () => {
      const seen = await a().get<{ maxItems: number }>('/admin/batch-policies/airtable');
      assert.equal(seen.data.maxItems, 2);
    });
    provider.taken();
    const ids = await Promise.all(['P1', 'P2', 'P3', 'P4'].map((name) => accept(a(), aRecord(name))));
    await allEnded(a(), ids);
    for (const { json, text } of provider.taken()) assert.ok((json as Records).records.length <= 2, text);
    assert.equal((await b().put('/admin/batch-policies/airtable', body)).status, 409);
  });
});
