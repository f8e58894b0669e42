import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '@signalbox/statistics';
import fc from 'fast-check';
import { bisect } from './bisect.js';
import { backoffMs, decideRetry, type FailedCall } from './decide-retry.js';
import { RetryBudget } from './retry-budget.js';

const call: FailedCall = {
  outcome: 'server_error',
  statusCode: 500,
  retryAfterMs: null,
  items: 1,
  attempts: 1,
  maxAttempts: 5,
  repeatable: true,
  neverSent: false,
};

function decide(own: Partial<FailedCall>, budget = new RetryBudget()) {
  return decideRetry({ ...call, ...own }, budget, () => 0.5, 0);
}

describe('what becomes of a failed call', () => {
  it('is another try at another node, after half of the first backoff', () => {
    assert.deepEqual(decide({}), { kind: 'retry', afterMs: 100, changeNode: true });
  });

  it('is no second try of what may have been done and must not be done twice', () => {
    const unknown = { kind: 'dead_letter', reason: 'outcome_unknown' };
    assert.deepEqual(decide({ repeatable: false }), unknown);
    assert.deepEqual(decide({ repeatable: false, outcome: 'timeout', statusCode: null }), unknown);
    assert.deepEqual(decide({ repeatable: false, outcome: 'connection_error', statusCode: null }), unknown);
  });

  it('is another try where the provider cannot have done it', () => {
    const of = (own: Partial<FailedCall>) => decide({ repeatable: false, ...own }).kind;
    assert.equal(of({ outcome: 'connection_error', statusCode: null, neverSent: true }), 'retry');
    assert.equal(of({ outcome: 'rate_limited', statusCode: 429 }), 'retry');
    assert.equal(of({ statusCode: 503 }), 'retry');
  });

  it('waits as long as the provider asked, and stays where it is only busy', () => {
    const asked = decide({ outcome: 'rate_limited', statusCode: 429, retryAfterMs: 30_000 });
    assert.deepEqual(asked, { kind: 'retry', afterMs: 30_000, changeNode: false });
  });

  it('is bisection where one of several may be to blame, and the end for one alone', () => {
    const refused = { outcome: 'client_error' as const, statusCode: 422 };
    assert.deepEqual(decide({ ...refused, items: 8 }), { kind: 'bisect' });
    assert.deepEqual(decide(refused), { kind: 'dead_letter', reason: 'refused' });
  });

  it('is another node, not bisection, where our credential is refused', () => {
    const refused = decide({ outcome: 'client_error', statusCode: 401, items: 8 });
    assert.deepEqual(refused, { kind: 'retry', afterMs: 100, changeNode: true });
  });

  it('ends with the attempts', () => {
    assert.deepEqual(decide({ attempts: 5 }), { kind: 'dead_letter', reason: 'attempts_exhausted' });
  });

  it('ends with the budget: a fifth of the requests of ten seconds, and one a second free', () => {
    const budget = new RetryBudget();
    for (let n = 0; n < 100; n++) budget.deposit(0);
    // 100 · 0.2 + 10 · 1 = 30.
    for (let n = 0; n < 30; n++) assert.equal(decide({}, budget).kind, 'retry');
    assert.deepEqual(decide({}, budget), { kind: 'dead_letter', reason: 'retry_budget_exhausted' });
    // What was deposited and spent has passed; the free ones are there again.
    assert.ok(Math.abs(budget.balance(10_000) - 10) < 1e-6);
  });

  it('never lets retries pass a fifth of the requests and the free ones, in any ten seconds', () => {
    const budget = new RetryBudget();
    const rng = seededRandom(5);
    const log: { atMs: number; retry: boolean }[] = [];
    for (let nowMs = 0; nowMs < 60_000; nowMs += 10) {
      budget.deposit(nowMs);
      log.push({ atMs: nowMs, retry: false });
      // Everything fails.
      if (rng() < 0.9 && budget.withdraw(nowMs)) log.push({ atMs: nowMs, retry: true });
    }
    const retries = log.filter(({ retry }) => retry).length;
    // 6,000 requests: 1,200, and 10 free in each of the six windows and the one that slides through them.
    assert.ok(retries <= 1_200 + 70, `${retries} retries`);
    assert.ok(retries >= 1_100, `${retries} retries`);
  });
});

describe('backoff', () => {
  it('is anywhere from nothing to a bound that doubles up to 30 s', () => {
    assert.equal(
      backoffMs(1, () => 0),
      0,
    );
    assert.equal(
      backoffMs(1, () => 0.999),
      199,
    );
    assert.equal(
      backoffMs(4, () => 0.5),
      800,
    );
    assert.equal(
      backoffMs(40, () => 0.5),
      15_000,
    );
  });
});

describe('bisection', () => {
  it('tries those who are named apart from the others', () => {
    assert.deepEqual(bisect(['a', 'b', 'c', 'd'], ['c']), [['a', 'b', 'd'], ['c']]);
    // All named, or nobody that is in it, tells nothing.
    assert.deepEqual(bisect(['a', 'b'], ['a', 'b']), [['a'], ['b']]);
    assert.deepEqual(bisect(['a', 'b', 'c'], ['x']), [['a', 'b'], ['c']]);
  });

  it('finds exactly the poison, carries out all others once, in at most 2k·log₂ n + 1 calls', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.array(fc.nat({ max: 199 }), { maxLength: 6 }),
        (n, marks) => {
          const ids = Array.from({ length: n }, (_, index) => String(index));
          const poison = new Set(marks.filter((mark) => mark < n).map(String));
          const done: string[] = [];
          const dead: string[] = [];
          let calls = 0;
          const attempt = (tried: readonly string[]): void => {
            calls++;
            if (!tried.some((id) => poison.has(id))) done.push(...tried);
            else if (tried.length === 1) dead.push(...tried);
            else for (const next of bisect(tried)) attempt(next);
          };
          attempt(ids);
          assert.deepEqual(dead.toSorted(), [...poison].sort());
          assert.equal(new Set(done).size, done.length);
          assert.equal(done.length + dead.length, n);
          assert.ok(calls <= 2 * poison.size * Math.ceil(Math.log2(Math.max(2, n))) + 1, `${calls} calls`);
        },
      ),
      { numRuns: 300, seed: 51 },
    );
  });
});
