import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { batchingWorker } from '@signalbox/batching-worker';
import { createClient, type SignalboxClient } from '@signalbox/client';
import type { BudgetState, VersionedService } from '@signalbox/contracts';
import { BUDGETS_BUCKET } from '@signalbox/contracts';
import { costOptimizer } from '@signalbox/cost-optimizer';
import { tokenOf, withHosted } from '@signalbox/hosting/testing';
import { MessageBus } from '@signalbox/messaging';
import { routingCoordinator } from '@signalbox/routing-coordinator';
import { eventually } from '@signalbox/testkit';

const silent = { info() {}, warn() {}, error() {}, debug() {} };

interface Call {
  path: string;
  authorization: string | undefined;
  records: string[];
}

describe('batches, decisions and budgets together', () => {
  const hosted = withHosted([routingCoordinator, costOptimizer, batchingWorker], ['a']);
  const api = () => hosted.process('a');
  const calls: Call[] = [];
  let provider: Server;
  let bus: MessageBus;
  let client: SignalboxClient;

  before(async () => {
    provider = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { records } = JSON.parse(Buffer.concat(chunks).toString()) as {
          records: { fields: { Name: string } }[];
        };
        const names = records.map(({ fields }) => fields.Name);
        calls.push({ path: request.url ?? '', authorization: request.headers.authorization, records: names });
        const body = { records: records.map(({ fields }) => ({ id: `rec${fields.Name}`, fields })) };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    provider.listen(0, '127.0.0.1');
    await once(provider, 'listening');
    bus = MessageBus.connect({ url: hosted.servers.natsUrl, name: 'a test', logger: silent });
    await bus.connected();
    client = createClient({
      url: api().url,
      token: await tokenOf({ role: 'service', subject: 'orders' }),
      timeoutMs: 10_000,
    });
    const path = '/admin/catalog/services/airtable';
    const { data } = await api().get<VersionedService>(path);
    const baseUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
    const nodes = data.service.nodes.map((node) => ({ ...node, baseUrl }));
    assert.equal((await api().put(path, { ...data.service, nodes })).status, 200);
    const secret = { secret: 'patSECRET.123' };
    assert.equal((await api().put('/admin/nodes/airtable_primary/credentials', secret)).status, 200);
  });
  after(async () => {
    await client.close();
    await bus.close();
    provider.closeAllConnections();
    provider.close();
  });

  const create = (name: string) =>
    client.batch('airtable', 'create_records', {
      baseId: 'appAAAAAAAAAAAAAA',
      table: 'Orders',
      records: [{ fields: { Name: name } }],
    });

  it('sends a service’s records together, to the node decided, with its credential, and settles what it cost', async () => {
    const names = ['A', 'B', 'C', 'D', 'E', 'F'];
    const handles = await Promise.all(names.map(create));
    const ends = await Promise.all(handles.map((handle) => handle.result()));
    for (const [index, end] of ends.entries()) {
      assert.equal(end.state, 'succeeded', JSON.stringify(end));
      assert.equal(end.nodeId, 'airtable_primary');
      const { records } = end.result?.body as { records: { id: string }[] };
      assert.deepEqual(
        records.map(({ id }) => id),
        [`rec${names[index]}`],
      );
    }
    assert.deepEqual(calls.flatMap(({ records }) => records).sort(), names);
    assert.ok(calls.length <= 3, `${calls.length} calls for six records`);
    for (const { authorization } of calls) assert.equal(authorization, 'Bearer patSECRET.123');
    assert.ok(!api().log.some((line) => line.includes('patSECRET')), 'a secret is in the log');

    // $0.0005 a request: what was spent is what was sent, not what was asked for.
    const spentUsd = calls.length * 0.0005;
    await eventually(async () => {
      const state = await bus.bucket<BudgetState>(BUDGETS_BUCKET).get('airtable');
      assert.deepEqual([state?.value.day.spentUsd, state?.value.day.reservedUsd], [spentUsd, 0]);
    });
  });

  it('makes requests wait while the budget is spent, and says until when', async () => {
    await api().put('/admin/budgets/airtable', { dailyUsd: 0.0001, monthlyUsd: 0.0001 });
    const before = calls.length;
    const handle = await create('TOO_MUCH');
    await eventually(async () => {
      const view = await handle.poll();
      assert.equal(view.error?.reason, 'not_admitted', JSON.stringify(view));
    });
    assert.equal(calls.length, before);
  });
});
