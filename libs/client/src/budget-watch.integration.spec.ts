import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { BudgetState } from '@signalbox/contracts';
import { eventually, ManualClock, withServers } from '@signalbox/testkit';
import { BudgetWatch, fits } from './budget-watch.js';

const period = {
  periodKey: '2026-11-21',
  capUsd: 2,
  spentUsd: 1.5,
  reservedUsd: 0.2,
  leasedUsd: 0,
  remainingUsd: 0.3,
  utilization: 0.85,
  renewsAt: '2026-11-22T00:00:00.000Z',
};
const STATE: BudgetState = {
  eventId: 'state-1',
  occurredAt: '2026-11-21T10:00:00.000Z',
  serviceName: 'stripe',
  day: period,
  month: { ...period, remainingUsd: 5 },
  band: 'open',
  throttleFrom: 0.9,
  shadow: false,
};

describe('the client’s view of budgets', () => {
  let connection: NatsConnection;
  after(() => connection.close());
  const servers = withServers('nats');
  before(async () => {
    connection = await connect({ servers: servers.natsUrl.replace('nats://', '') });
  });

  it('is what was last put in the bucket, and nothing when that is long ago', async () => {
    const clock = new ManualClock();
    const watch = new BudgetWatch(() => clock.nowMs());
    watch.listen(connection);
    assert.equal(watch.of('stripe'), null);
    connection.publish('$KV.budgets.stripe', JSON.stringify(STATE));
    await eventually(() => assert.deepEqual(watch.of('stripe'), STATE));
    clock.advance(10_001);
    assert.equal(watch.of('stripe'), null);
  });

  it('lets a call fit when it costs no more than the tighter period has left', () => {
    assert.equal(fits(STATE, 0.3), true);
    assert.equal(fits(STATE, 0.31), false);
    assert.equal(fits({ ...STATE, shadow: true }, 100), true);
  });
});
