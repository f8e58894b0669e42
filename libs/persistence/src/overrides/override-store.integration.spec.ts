import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OverrideEnded } from '@signalbox/contracts';
import { NOON_MS, anOverrideActivated } from '../testing/events.js';
import { withDatabase } from '../testing/with-database.js';
import { OverrideStore } from './override-store.js';

describe('OverrideStore', () => {
  const test = withDatabase();
  const store = () => new OverrideStore(test.database);

  it('records an override once however often its events come, and its end also when that comes first', async () => {
    const activated = anOverrideActivated('stripe', NOON_MS);
    const ended: OverrideEnded = {
      eventId: `${activated.coordinationId}:ended`,
      occurredAt: '2026-01-15T12:10:00.000Z',
      serviceName: 'stripe',
      coordinationId: activated.coordinationId,
      endReason: 'spent',
      endedBy: 'signalbox',
      spentUsd: 99.999999,
    };
    await store().recordEnded([ended]);
    await store().recordActivated([activated, activated]);
    await store().recordActivated([activated]);
    await store().recordEnded([ended, { ...ended, endReason: 'cancelled' }]);
    const rows = await test.database.query(
      `SELECT o.activated_by, o.max_budget_micro_usd, e.end_reason, e.spent_micro_usd
       FROM overrides o JOIN override_ends e USING (coordination_id)`,
    );
    assert.deepEqual(rows, [
      {
        activated_by: 'ada',
        max_budget_micro_usd: 100_000_000,
        end_reason: 'spent',
        spent_micro_usd: 99_999_999,
      },
    ]);
  });

  it('stores text that PostgreSQL has no character for', async () => {
    const activated = { ...anOverrideActivated('maps', NOON_MS), emergencyReason: 'a\0b' };
    await store().recordActivated([activated]);
    const [row] = await test.database.query<{ emergency_reason: string }>(
      "SELECT emergency_reason FROM overrides WHERE service_name = 'maps'",
    );
    assert.equal(row?.emergency_reason, 'a\u{fffd}b');
  });
});
