import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dueAtMs } from './traffic.js';

describe('traffic', () => {
  it('rises evenly to its rate and keeps it', () => {
    // 10 calls a second with a ramp of 4 s: 20 calls in the ramp, a quarter of them in its first half
    const due = [0, 5, 20, 30, 40].map((n) => dueAtMs(n, 0.01, 4_000));
    assert.deepEqual(due, [0, 2_000, 4_000, 5_000, 6_000]);
  });

  it('keeps its rate from the start without a ramp', () => {
    assert.deepEqual(
      [0, 1, 2].map((n) => dueAtMs(n, 0.01, 0)),
      [0, 100, 200],
    );
  });
});
