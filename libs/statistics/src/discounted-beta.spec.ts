import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DiscountedBeta } from './discounted-beta.js';
import { seededRandom } from './random.js';

const HALF_LIFE_MS = 1_000;
const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);

describe('a discounted posterior', () => {
  it('is its prior before anything is seen: Beta(9, 1)', () => {
    const belief = new DiscountedBeta(0.9, 10);
    near(belief.mean, 0.9);
    // αβ/(n²(n+1)) = 9 · 1 / (100 · 11)
    near(belief.sd, Math.sqrt(9 / 1_100));
    assert.equal(belief.evidence, 0);
  });

  it('adds outcomes to the prior: Beta(9 + 8, 1 + 2)', () => {
    const belief = new DiscountedBeta(0.9, 10);
    belief.observe(8, 2, 0, HALF_LIFE_MS);
    near(belief.mean, 17 / 20);
    // 17 · 3 / (400 · 21)
    near(belief.sd, Math.sqrt(51 / 8_400));
    near(belief.lowerBound(1), 17 / 20 - Math.sqrt(51 / 8_400));
    near(belief.upperBound(1), 17 / 20 + Math.sqrt(51 / 8_400));
  });

  it('halves the evidence every half-life and never the prior', () => {
    const belief = new DiscountedBeta(0.5, 2);
    belief.observe(0, 8, 0, HALF_LIFE_MS);
    belief.decayTo(2 * HALF_LIFE_MS, HALF_LIFE_MS);
    near(belief.evidence, 2);
    near(belief.mean, 1 / (2 + 2));
    belief.decayTo(1_000 * HALF_LIFE_MS, HALF_LIFE_MS);
    near(belief.mean, 0.5);
  });

  it('keeps its bounds inside 0..1', () => {
    const belief = new DiscountedBeta(0.999, 1);
    assert.equal(belief.upperBound(5), 1);
    assert.equal(new DiscountedBeta(0.001, 1).lowerBound(5), 0);
  });

  it('can be argued out of a prior of certainty', () => {
    const belief = new DiscountedBeta(1, 10);
    belief.observe(0, 100, 0, HALF_LIFE_MS);
    assert.ok(belief.mean < 0.1);
  });

  it('draws around its mean', () => {
    const belief = new DiscountedBeta(0.9, 100);
    const rng = seededRandom(5);
    let sum = 0;
    for (let i = 0; i < 5_000; i++) sum += belief.sample(rng);
    assert.ok(Math.abs(sum / 5_000 - 0.9) < 0.005);
  });
});
