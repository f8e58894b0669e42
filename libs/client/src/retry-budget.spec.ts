import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RESERVE_RETRIES, RetryBudget, RETRY_RATIO, RETRY_WINDOW_MS } from './retry-budget.js';

function aBudget() {
  const time = { ms: 1_000_000 };
  return { time, budget: new RetryBudget(() => time.ms) };
}

function spendAll(budget: RetryBudget): number {
  let spent = 0;
  while (budget.withdraw()) spent += 1;
  return spent;
}

describe('RetryBudget', () => {
  it('lets a service without traffic spend the reserve, and no more', () => {
    const { budget } = aBudget();
    assert.equal(spendAll(budget), 10);
  });

  it('earns one retry for every five calls', () => {
    const { budget } = aBudget();
    spendAll(budget);
    for (let i = 0; i < 4; i++) budget.deposit();
    assert.equal(budget.withdraw(), false, 'four fifths of a retry');
    budget.deposit();
    assert.equal(budget.withdraw(), true);
    assert.equal(budget.withdraw(), false);
  });

  it('forgets what a quiet time saved up', () => {
    const { budget, time } = aBudget();
    for (let i = 0; i < 5_000; i++) budget.deposit();
    time.ms += RETRY_WINDOW_MS;
    assert.equal(spendAll(budget), 10, 'the reserve alone');
  });

  it('forgets what a storm spent, after the window', () => {
    const { budget, time } = aBudget();
    spendAll(budget);
    time.ms += RETRY_WINDOW_MS - 1_000;
    assert.equal(budget.withdraw(), false);
    time.ms += 1_000;
    assert.equal(spendAll(budget), 10);
  });

  it('never grants a retry past the reserve and a fifth of the calls of the last ten seconds', () => {
    const step = fc.record({
      waitMs: fc.integer({ min: 0, max: 3_000 }),
      calls: fc.nat(30),
      retries: fc.nat(30),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { budget, time } = aBudget();
        const calls: number[] = [];
        const retries: number[] = [];
        for (const { waitMs, calls: deposits, retries: wanted } of steps) {
          time.ms += waitMs;
          const second = Math.floor(time.ms / 1000);
          for (let i = 0; i < deposits; i++) {
            budget.deposit();
            calls.push(second);
          }
          const inWindow = (seconds: number[]) =>
            seconds.filter((at) => at > second - RETRY_WINDOW_MS / 1000).length;
          for (let i = 0; i < wanted && budget.withdraw(); i++) {
            retries.push(second);
            assert.ok(inWindow(retries) <= RESERVE_RETRIES + RETRY_RATIO * inWindow(calls));
          }
        }
      }),
    );
  });
});
