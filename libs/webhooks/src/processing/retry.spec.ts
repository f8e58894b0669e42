import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '@signalbox/statistics';
import { RETRY_POLICY, retryDelayMs } from './retry.js';

const LEAST = () => 0;
const MOST = () => 1 - Number.EPSILON;
const POLICY = { maxAttempts: 5, firstDelayMs: 1_000, maxDelayMs: 5_000 };

describe('the schedule of retries', () => {
  it('doubles from the first delay to the ceiling, and ends', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 5].map((attempt) => retryDelayMs(attempt, POLICY, MOST)),
      [1_000, 2_000, 4_000, 5_000, null],
    );
  });

  it('leaves half of each delay to chance, at the ceiling too', () => {
    assert.deepEqual(
      [1, 2, 3, 4].map((attempt) => retryDelayMs(attempt, POLICY, LEAST)),
      [500, 1_000, 2_000, 2_500],
    );
  });

  it('spreads what failed together evenly over that half (10,000 draws)', () => {
    const rng = seededRandom(7);
    const quarters = [0, 0, 0, 0];
    for (let draw = 0; draw < 10_000; draw++) {
      const delayMs = retryDelayMs(2, POLICY, rng) ?? NaN;
      const quarter = Math.min(3, Math.floor((delayMs - 1_000) / 250));
      quarters[quarter] = (quarters[quarter] ?? NaN) + 1;
    }
    // 2,500 each; five standard deviations of a binomial of 1/4 are 5 · √(10,000 · 3/16) = 217.
    for (const count of quarters) assert.ok(Math.abs(count - 2_500) < 217, quarters.join());
  });

  it('of the product takes between one and two and a quarter minutes', () => {
    const totalMs = (rng: () => number) => {
      let sum = 0;
      for (let attempt = 1; ; attempt++) {
        const delayMs = retryDelayMs(attempt, RETRY_POLICY, rng);
        if (delayMs === null) return sum;
        sum += delayMs;
      }
    };
    // 1 + 2 + 4 + 8 + 16 + 32 + 60 = 123 s at the most, half of it at the least.
    assert.deepEqual([totalMs(LEAST), totalMs(MOST)], [61_500, 123_000]);
  });
});
