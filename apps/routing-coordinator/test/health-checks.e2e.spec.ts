import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { ServiceName } from '@signalbox/contracts';
import { aNode, aService, eventually } from '@signalbox/testkit';
import type { Api } from './support/api.js';
import { configure, thresholds } from './support/catalog.js';
import { withFleet } from './support/fleet.js';

const SERVICE: ServiceName = 'maps';

describe('active health checks', () => {
  const fleet = withFleet(['check-a', 'check-b'], () => ({ HEALTH_CHECK_EVERY_MS: '100' }));
  const replicas = () => [fleet.replica('check-a'), fleet.replica('check-b')];
  let status = 200;
  let checks = 0;
  const provider = createServer((request, response) => {
    if (request.url === '/healthz') checks += 1;
    response.writeHead(status).end();
  });

  before(async () => {
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
    const { port } = provider.address() as AddressInfo;
    const healthCheck = { path: '/healthz', expectedStatus: 200, timeoutMs: 30_000 };
    const nodes = [
      aNode({ nodeId: 'checked', baseUrl: `http://127.0.0.1:${port}`, weightPercent: 50, healthCheck }),
      aNode({ nodeId: 'unchecked', role: 'secondary', weightPercent: 50 }),
    ];
    const service = aService({ serviceName: SERVICE, thresholds: thresholds(), nodes });
    await configure(fleet.replica('check-a'), service);
    await eventually(() => checks > 2);
  });
  after(() => provider.close());

  it('say nothing of a node that answers as expected', async () => {
    for (const replica of replicas()) assert.equal(await successOf(replica, 'checked'), 99.5);
  });

  it('weigh on a node that fails them, on every replica, and open no circuit alone', async () => {
    status = 500;
    for (const replica of replicas()) {
      await eventually(async () => assert.ok((await successOf(replica, 'checked')) < 90));
      assert.equal(await replica.exclusionOf(SERVICE, 'checked'), undefined);
    }
  });

  it('are made by one replica for all', async () => {
    const failedAt = () =>
      replicas().map(({ log }) => log.filter((line) => line.includes('Health check of')).length);
    await eventually(() => Math.max(...failedAt()) > 3);
    assert.equal(Math.min(...failedAt()), 0);
  });
});

/** The success that the replica expects of a node, percent. */
async function successOf(replica: Api, nodeId: string): Promise<number> {
  const { selectedNode, alternatives } = (await replica.decide(SERVICE)).routingDecision;
  const found = [selectedNode, ...alternatives].find((node) => node.nodeId === nodeId);
  assert.ok(found, `${nodeId} is not a candidate`);
  return found.successRate;
}
