import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServicesStatus } from '@signalbox/contracts';
import { withHosted } from '@signalbox/hosting/testing';
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
      assert.deepEqual(queues['stripe'], {
        total: 0,
        depth: { CRITICAL: 0, HIGH: 0, MEDIUM: 0, LOW: 0 },
        oldestWaitMs: null,
      });
    }, PATIENT);
  });
});
