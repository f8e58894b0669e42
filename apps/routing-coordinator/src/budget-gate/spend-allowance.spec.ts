import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BudgetState } from '@signalbox/contracts';
import { SpendAllowance } from './spend-allowance.js';

const START_MS = Date.parse('2026-11-21T10:00:00.000Z');

function state(remainingUsd: number, atMs = START_MS, more: Partial<BudgetState> = {}): BudgetState {
  const period = {
    periodKey: '2026-11-21',
    capUsd: 10,
    spentUsd: 10 - remainingUsd,
    reservedUsd: 0,
    leasedUsd: 0,
    remainingUsd,
    utilization: 1 - remainingUsd / 10,
    renewsAt: '2026-11-22T00:00:00.000Z',
  };
  return {
    eventId: `state-${atMs}`,
    occurredAt: new Date(atMs).toISOString(),
    serviceName: 'stripe',
    day: period,
    month: { ...period, remainingUsd: remainingUsd + 100 },
    band: 'open',
    throttleFrom: 0.9,
    shadow: false,
    ...more,
  };
}

describe('SpendAllowance', () => {
  it('bounds nothing before a budget is known, and nothing in shadow mode', () => {
    const allowance = new SpendAllowance();
    assert.equal(allowance.available(1, START_MS), null);
    allowance.tell(state(0, START_MS, { shadow: true }));
    assert.equal(allowance.available(1, START_MS), null);
  });

  it('is the replica’s share of the tighter period, less what it drew', () => {
    const allowance = new SpendAllowance();
    allowance.tell(state(1));
    assert.equal(allowance.available(4, START_MS), 250_000);
    assert.equal(allowance.draw(100_000, START_MS), null);
    assert.equal(allowance.available(4, START_MS), 150_000);
    allowance.draw(150_000, START_MS);
    assert.equal(allowance.available(4, START_MS), 0);
  });

  it('forgets a draw only when the ledger has had the time to count it', () => {
    const allowance = new SpendAllowance();
    allowance.tell(state(1));
    allowance.draw(400_000, START_MS);
    allowance.tell(state(1, START_MS + 4_999));
    assert.equal(allowance.available(1, START_MS + 4_999), 600_000);
    allowance.tell(state(0.6, START_MS + 5_000));
    assert.equal(allowance.available(1, START_MS + 5_000), 600_000);
  });

  it('keeps what was drawn while the ledger is silent, however long', () => {
    const allowance = new SpendAllowance();
    allowance.tell(state(1));
    for (let call = 0; call < 20_000; call++) allowance.draw(40, START_MS + call);
    assert.equal(allowance.available(1, START_MS + 3_600_000), 200_000);
  });

  it('draws on a slice first, by its name, until shortly before it goes back', () => {
    const allowance = new SpendAllowance();
    allowance.tell(state(0.05));
    allowance.lend({ leaseId: 'slice', leftMicroUsd: 300_000, expiresAtMs: START_MS + 60_000 });
    assert.equal(allowance.available(1, START_MS), 300_000);
    assert.equal(allowance.draw(100_000, START_MS), 'slice');
    assert.equal(allowance.leftOfSlices(START_MS), 200_000);
    assert.equal(allowance.available(1, START_MS + 50_000), 50_000);
    assert.equal(allowance.draw(50_000, START_MS + 50_000), null);
  });

  it('uses up what is left of one slice after another has come', () => {
    const allowance = new SpendAllowance();
    allowance.tell(state(0));
    allowance.lend({ leaseId: 'first', leftMicroUsd: 100_000, expiresAtMs: START_MS + 60_000 });
    allowance.lend({ leaseId: 'second', leftMicroUsd: 50_000, expiresAtMs: START_MS + 60_000 });
    assert.deepEqual(
      [70_000, 40_000, 30_000].map((cost) => allowance.draw(cost, START_MS)),
      ['first', 'second', 'first'],
    );
    assert.equal(allowance.available(1, START_MS), 10_000);
  });
});
