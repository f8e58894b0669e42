import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type {
  BatchingPerformance,
  CostMonitoring,
  CostPeriod,
  FrontendCoordination,
  ServiceName,
  ServicesStatus,
  WebhookCoordination,
} from '@signalbox/contracts';
import { tokenOf, withHosted } from '@signalbox/hosting/testing';
import { eventually } from '@signalbox/testkit';
import { apps } from '../src/apps.js';

const PATIENT = { timeoutMs: 60_000 };

describe('what a dashboard is shown with every app in one process', () => {
  const hosted = withHosted(apps, ['a']);
  const api = () => hosted.process('a');

  it('has the requests that wait in the queue of each service', async () => {
    const holding = { maxItems: 10, maxWaitMs: 200, costBoundUsd: 10, requestsPerSecond: 50, enabled: false };
    const held = await api().put('/admin/batch-policies/airtable', holding);
    assert.equal(held.status, 200, JSON.stringify(held.body));
    for (const priority of ['HIGH', 'LOW', 'LOW']) {
      const accepted = await api().post('/external-services/batch-request', {
        serviceName: 'airtable',
        operation: 'create_records',
        payload: { baseId: 'appAAAAAAAAAAAAAA', table: 'Orders', records: [{ fields: { Name: priority } }] },
        priority,
      });
      assert.equal(accepted.status, 202, JSON.stringify(accepted.body));
    }
    await eventually(async () => {
      const status = await api().get<ServicesStatus>('/external-services/status');
      const queues = Object.fromEntries(
        status.data.items.map(({ serviceName, queue }) => [serviceName, queue]),
      );
      assert.equal(queues['airtable']?.total, 3);
      assert.deepEqual(queues['airtable']?.depth, { CRITICAL: 0, HIGH: 1, MEDIUM: 0, LOW: 2 });
      assert.ok(typeof queues['airtable']?.oldestWaitMs === 'number');
      assert.deepEqual([queues['stripe']?.total, queues['stripe']?.oldestWaitMs], [0, null]);
    }, PATIENT);
  });

  const visitors: Record<string, ServiceName[] | undefined> = {
    everybody: undefined,
    'a token of two services': ['maps', 'twilio'],
    'a token of one service': ['maps'],
  };
  for (const [who, services] of Object.entries(visitors)) {
    it(`has for ${who} what the route of each app has`, async () => {
      for (const serviceName of ['maps', 'twilio', 'stripe']) {
        const asked = await api().post<{ allowed: boolean }>('/external-services/check-rate-limit', {
          ...{ serviceName, operation: 'geocode', priority: 'high', estimatedCost: 0.013 },
          requestId: randomUUID(),
        });
        assert.equal(asked.data.allowed, true);
      }
      const get = async <T>(path: string) => {
        const token = await tokenOf({ role: 'manager', ...(services === undefined ? {} : { services }) });
        return (await api().get<T>(path, { as: { token } })).data;
      };
      await eventually(async () => {
        const shown = await get<FrontendCoordination>('/external-services/frontend-coordination');
        const costs = await get<CostMonitoring>('/external-services/cost-monitoring');
        const batching = await get<BatchingPerformance>('/external-services/batching-performance');
        const webhooks = await get<WebhookCoordination>('/external-services/webhook-coordination');
        const found = await get<{ items: unknown[] }>('/stream-b-coordination/optimization/recommendations');
        assert.deepEqual(shown.costs.data?.services, costs.services);
        for (const period of ['day', 'month'] as const) {
          assert.deepEqual(amounts(shown.costs.data?.total[period]), amounts(costs.total[period]));
          assert.ok(costs.total[period].reservedUsd > 0);
        }
        assert.deepEqual(shown.batching.data, batching);
        const { to: _shownTo, ...shownWebhooks } = shown.webhooks.data!;
        const { to: _to, ...ownWebhooks } = webhooks;
        assert.deepEqual(shownWebhooks, ownWebhooks);
        assert.deepEqual(shown.recommendations.data, found);
        assert.equal(shown.routing.data?.items.length, services?.length ?? 6);
        for (const part of ['costs', 'batching', 'webhooks', 'recommendations', 'routing'] as const) {
          assert.equal(shown[part].stale, false, part);
        }
      }, PATIENT);
    });
  }
});

/** A projection of several services is made where their history is. */
function amounts(period: CostPeriod | undefined): object {
  const { projection: _projection, projectionUnavailable: _why, ...rest } = period ?? ({} as CostPeriod);
  return rest;
}
