import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ValueHistory } from './value-history.js';
import { windowNovelty } from './window-novelty.js';

const historyOf = (values: readonly number[], capacity = 200): ValueHistory => {
  const history = new ValueHistory(capacity);
  for (const value of values) history.add(value);
  return history;
};

describe('windowNovelty', () => {
  it('says nothing with fewer than 30 windows to compare with', () => {
    // Windows of 2 that end at 1 … 30 are 30, and the newest must not overlap them: 33 values.
    assert.equal(windowNovelty(historyOf(Array<number>(32).fill(0)), 2, 1), null);
    assert.deepEqual(windowNovelty(historyOf(Array<number>(33).fill(0)), 2, 1), { level: 0, shape: 0 });
  });

  it('tells an unusual height from an unusual shape', () => {
    const flat = Array<number>(40).fill(10);
    // [13, 13] to [10, 10]: √((9 + 9) / 2) = 3, and no difference once the means are taken off.
    assert.deepEqual(windowNovelty(historyOf([...flat, 13, 13]), 2, 1), { level: 3, shape: 0 });
    // [7, 13] to [10, 10]: the same 3, all of it shape.
    assert.deepEqual(windowNovelty(historyOf([...flat, 7, 13]), 2, 1), { level: 3, shape: 3 });
  });

  it('is the mean distance to the two nearest', () => {
    // Windows of 1 at step 1: nearest to 5 are 4 (distance 1) and 2 (distance 3), then zeros.
    const zeros = Array<number>(40).fill(0);
    assert.equal(windowNovelty(historyOf([...zeros, 4, 2, 5]), 1, 1)?.level, 2);
  });

  it('compares values a step apart', () => {
    const alternating = Array.from({ length: 60 }, (_, index) => index % 2);
    assert.equal(windowNovelty(historyOf(alternating), 3, 2)?.level, 0);
    // [1, 1, 4] (steps of 2) to the nearest [1, 1, 1]: √(9/3) = √3.
    const last = windowNovelty(historyOf([...alternating, 0, 4]), 3, 2)?.level ?? NaN;
    assert.ok(Math.abs(last - Math.sqrt(3)) < 1e-12);
  });
});

describe('ValueHistory', () => {
  it('keeps the last values only, however many come', () => {
    const history = historyOf(
      Array.from({ length: 25 }, (_, index) => index),
      10,
    );
    assert.deepEqual(history.toArray(), [15, 16, 17, 18, 19, 20, 21, 22, 23, 24]);
    // The 4 before the 2 newest: 19, 20, 21, 22.
    assert.equal(history.meanOf(4, 2), 20.5);
  });
});
