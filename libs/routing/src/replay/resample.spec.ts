import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sampleNormal, seededRandom } from '@signalbox/statistics';
import { estimateOf, resampled } from './resample.js';

describe('block bootstrap', () => {
  const sum = ([value = 0]: readonly number[]) => value;

  it('has no width where every stretch is alike', () => {
    const [figure] = resampled([Array.from({ length: 20 }, () => [5])], [sum], 1);
    assert.deepEqual(estimateOf(figure!), {
      point: 100,
      interval80: { lower: 100, upper: 100 },
      interval95: { lower: 100, upper: 100 },
    });
  });

  it('covers the true sum about as often as it says', () => {
    // 40 stretches of N(1, 1): the sum of their means is 40. 80 % and 95 % of 300 samples, within 3 standard errors.
    const rng = seededRandom(42);
    let in80 = 0;
    let in95 = 0;
    for (let sample = 0; sample < 300; sample++) {
      const blocks = Array.from({ length: 40 }, () => [1 + sampleNormal(rng)]);
      const [figure] = resampled([blocks], [sum], sample);
      const { interval80, interval95 } = estimateOf(figure!);
      if (interval80.lower <= 40 && 40 <= interval80.upper) in80++;
      if (interval95.lower <= 40 && 40 <= interval95.upper) in95++;
    }
    assert.ok(Math.abs(in80 / 300 - 0.8) < 0.07, `${in80} of 300 in the 80 % interval`);
    assert.ok(Math.abs(in95 / 300 - 0.95) < 0.05, `${in95} of 300 in the 95 % interval`);
  });

  it('holds what worlds differ in', () => {
    const world = (each: number) => Array.from({ length: 10 }, () => [each]);
    const [figure] = resampled([world(1), world(3)], [sum], 1);
    const { point, interval80 } = estimateOf(figure!);
    assert.equal(point, 20);
    assert.deepEqual(interval80, { lower: 10, upper: 30 });
  });

  it('answers a point without a resample', () => {
    const [figure] = resampled([[]], [sum], 1);
    assert.equal(Number.isFinite(figure!.point) || figure!.point === 0, true);
  });
});
