import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../random.js';
import { TailSurprise } from './tail-surprise.js';

const fed = (magnitudes: Iterable<number>): TailSurprise => {
  const tail = new TailSurprise();
  for (const magnitude of magnitudes) tail.observe(magnitude);
  return tail;
};
const near = (actual: number, expected: number, tolerance = 1e-9): void => {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
};

describe('TailSurprise', () => {
  it('says nothing before 50 magnitudes', () => {
    assert.equal(fed(Array<number>(49).fill(1)).surpriseAt(1_000), 0);
  });

  it('is the share of magnitudes as large, where enough were', () => {
    // 60 of 1 and 40 of 10: as large as 10 were 40 of 100, (40 + ½) / 101.
    const tail = fed([...Array<number>(60).fill(1), ...Array<number>(40).fill(10)]);
    near(tail.surpriseAt(10), -Math.log10(40.5 / 101));
    near(tail.surpriseAt(1), -Math.log10(100.5 / 101));
  });

  it('falls off above the largest with the steepest tail it believes in where all were alike', () => {
    // 100 of 1, then e: 20 bins of 0.05 above the only one. Hill is 0, so 0.08: p = e^(−1/0.08).
    near(fed(Array<number>(100).fill(1)).surpriseAt(Math.exp(1.0001)), 1 / 0.08 / Math.LN10);
  });

  it('extrapolates a Pareto tail: ten times the 1 % quantile with index 2 comes up 1 in 10,000', () => {
    const rng = seededRandom(7);
    // P(X > x) = x^−2: the 1 % quantile is 10.
    const tail = fed(Array.from({ length: 20_000 }, () => (1 - rng()) ** -0.5));
    near(tail.surpriseAt(100), 4, 0.3);
  });

  it('is calibrated on what it has not seen: a surprise of 3 comes up about once in a thousand', () => {
    const rng = seededRandom(11);
    const tail = new TailSurprise();
    let surprising = 0;
    for (let count = 0; count < 110_000; count++) {
      if (tail.observe(-Math.log(1 - rng())) >= 3 && count >= 10_000) surprising++;
    }
    // 100 expected of 100,000, give or take 10 by chance and some by what the tail was learned from.
    assert.ok(surprising >= 60 && surprising <= 150, `${surprising} of 100,000`);
  });

  it('takes the first that is not 0 after 999 zeros for one in 2,000', () => {
    const tail = fed(Array<number>(999).fill(0));
    assert.equal(tail.surpriseAt(0), 0);
    near(tail.surpriseAt(5), -Math.log10(0.5 / 1_000));
  });

  it('does not depend on the unit', () => {
    const rng = seededRandom(3);
    const magnitudes = Array.from({ length: 500 }, () => rng());
    // A factor of a whole number of bins, so that no magnitude changes its neighbours.
    const factor = Math.exp(0.05 * 200);
    const [small, large] = [fed(magnitudes), fed(magnitudes.map((magnitude) => magnitude * factor))];
    near(large.surpriseAt(1.5 * factor), small.surpriseAt(1.5), 0.2);
  });

  it('goes on from a snapshot', () => {
    const rng = seededRandom(5);
    const tail = fed(Array.from({ length: 400 }, () => (rng() < 0.2 ? 0 : 1 / (rng() + 1e-9))));
    const restored = new TailSurprise();
    restored.restore(JSON.parse(JSON.stringify(tail.snapshot())) as ReturnType<typeof tail.snapshot>);
    for (const magnitude of [0, 1e-6, 1, 50, 1e6]) {
      assert.equal(restored.observe(magnitude), tail.observe(magnitude));
    }
  });

  it('stays finite over every magnitude a double can have', () => {
    const tail = fed([Number.MIN_VALUE, 1e-200, 1, 1e200, Number.MAX_VALUE, ...Array<number>(60).fill(1)]);
    for (const magnitude of [0, Number.MIN_VALUE, 1, Number.MAX_VALUE]) {
      assert.ok(Number.isFinite(tail.observe(magnitude)));
    }
  });
});
