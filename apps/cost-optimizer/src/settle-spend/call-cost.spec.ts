import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OUTCOME_KINDS, type OutcomeKind } from '@signalbox/contracts';
import { callCost, type CallCost } from './call-cost.js';

const PRICE = 29_000;
const free: CallCost = { kind: 'spent', microUsd: 0 };
const priced: CallCost = { kind: 'spent', microUsd: PRICE };

describe('callCost', () => {
  const answered: Record<OutcomeKind, CallCost> = {
    success: priced,
    timeout: priced,
    connection_error: { kind: 'never_made' },
    server_error: free,
    rate_limited: free,
    client_error: free,
  };
  for (const outcome of OUTCOME_KINDS) {
    it(`of ${outcome} with a status: ${JSON.stringify(answered[outcome])}`, () => {
      assert.deepEqual(callCost({ outcome, statusCode: 400 }, PRICE), answered[outcome]);
    });
  }

  it('is the price when the caller failed without an answer: the provider may have done it', () => {
    assert.deepEqual(callCost({ outcome: 'client_error' }, PRICE), priced);
  });

  it('is what the caller says it was, whatever became of the call', () => {
    // 0.1 + 0.2 dollars are 300,000 micro-dollars, and not 300,000.00000000004.
    for (const outcome of OUTCOME_KINDS) {
      const cost = callCost({ outcome, actualCost: 0.1 + 0.2 }, PRICE);
      assert.deepEqual(cost, { kind: 'spent', microUsd: 300_000 });
    }
  });
});
