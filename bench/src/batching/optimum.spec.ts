import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fewestBatches, type Interval } from './optimum.js';
import { arrivalTrace } from './trace.js';

const interval = fc
  .tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 5 }))
  .map(([fromMs, lengthMs]): Interval => ({ fromMs, untilMs: fromMs + lengthMs, units: 1 }));

/** By trying every end as the place of each interval: points may be moved right to an end without harm. */
function fewestByTrying(intervals: readonly Interval[], capacity: number): number {
  const ends = [...new Set(intervals.map(({ untilMs }) => untilMs))];
  let fewest = Infinity;
  const place = (index: number, loads: Map<number, number>): void => {
    const one = intervals[index];
    if (one === undefined) {
      const points = [...loads.values()].reduce((sum, load) => sum + Math.ceil(load / capacity), 0);
      fewest = Math.min(fewest, points);
      return;
    }
    for (const end of ends) {
      if (end < one.fromMs || end > one.untilMs) continue;
      place(index + 1, new Map(loads).set(end, (loads.get(end) ?? 0) + 1));
    }
  };
  place(0, new Map());
  return fewest;
}

describe('the fewest batches', () => {
  it('are as few as trying everything finds', () => {
    fc.assert(
      fc.property(
        fc.array(interval, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 3 }),
        (intervals, capacity) => {
          assert.equal(fewestBatches(intervals, capacity), fewestByTrying(intervals, capacity));
        },
      ),
      { numRuns: 400, seed: 71 },
    );
  });

  it('are none for nothing, and count units', () => {
    assert.equal(fewestBatches([], 10), 0);
    assert.equal(fewestBatches([{ fromMs: 0, untilMs: 1, units: 25 }], 10), 3);
    assert.equal(fewestBatches([{ fromMs: 0, untilMs: 1, units: 25 }], Infinity), 1);
  });
});

describe('the arrival trace', () => {
  it('is the same for the same seed, in order of time, and another for another', () => {
    const bare = (seed: number) =>
      arrivalTrace(seed, 30_000).map(({ id, atMs, payload }) => ({ id, atMs, payload }));
    assert.deepEqual(bare(1), bare(1));
    assert.notDeepEqual(bare(1), bare(2));
    const times = bare(1).map(({ atMs }) => atMs);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
  });
});
