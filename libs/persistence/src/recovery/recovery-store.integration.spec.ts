import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NOON_MS, aRecovery, aRecoveryEnded } from '../testing/events.js';
import { withDatabase } from '../testing/with-database.js';
import { RecoveryStore } from './recovery-store.js';

describe('RecoveryStore', () => {
  const test = withDatabase();
  const store = () => new RecoveryStore(test.database);
  const recorded = () =>
    test.database.query<{ id: string; step: string | null; end_reason: string | null }>(
      'SELECT id, step, end_reason FROM recovery_activations ORDER BY id',
    );

  it('tells nothing of how long recoveries take before one has ended', async () => {
    await store().record([aRecovery('a', 'samsara', NOON_MS)]);
    assert.deepEqual(await store().meanResolutions(), []);
  });

  it('keeps the newest state of an activation in whatever order and how often its changes come', async () => {
    const second = {
      ...aRecovery('b', 'samsara', NOON_MS),
      occurredAt: '2026-01-15T12:00:30.000Z',
      step: 'second',
    };
    await store().record([second]);
    await store().record([aRecovery('b', 'samsara', NOON_MS), aRecovery('b', 'samsara', NOON_MS)]);
    assert.equal((await recorded())[1]?.step, 'second');
  });

  it('leaves what has ended as it ended', async () => {
    const ended = aRecoveryEnded('a', 'samsara', NOON_MS, 1.5, 'recovered');
    const late = { ...aRecovery('a', 'samsara', NOON_MS), occurredAt: '2026-01-15T13:00:00.000Z' };
    await store().record([late, ended]);
    await store().record([late, aRecoveryEnded('a', 'samsara', NOON_MS, 9, 'cancelled')]);
    assert.deepEqual((await recorded())[0], { id: 'a', step: null, end_reason: 'recovered' });
  });

  it('tells how long recoveries took, by plan and service, from those that ended well', async () => {
    await store().record([
      aRecoveryEnded('c', 'samsara', NOON_MS, 4.5, 'recovered'),
      aRecoveryEnded('d', 'samsara', NOON_MS, 99, 'relapsed'),
    ]);
    // a: 1.5 min, c: 4.5 min.
    assert.deepEqual(await store().meanResolutions(), [
      { serviceName: 'samsara', action: 'failover', meanMinutes: 3 },
    ]);
  });
});
