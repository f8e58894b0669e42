import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../random.js';
import {
  learn,
  logit,
  meanProbability,
  predictLogOdds,
  sigmoid,
  weightAtPrior,
} from './logistic-regression.js';

const NEVER_FORGET = Infinity;

function close(actual: number, expected: number, within: number): void {
  assert.ok(Math.abs(actual - expected) <= within, `${actual} is not within ${within} of ${expected}`);
}

describe('online logistic regression', () => {
  it('moves to the exact mode of one observation', () => {
    const weight = weightAtPrior({ mean: 0, precision: 1 });
    learn([weight], [1], { ratio: 1, trials: 1 }, NEVER_FORGET);
    // s + σ(s) = 1 has its root at s = 0.401058; there σ(1 − σ) = 0.598942 × 0.401058 = 0.240210.
    close(weight.mean, 0.401058, 1e-6);
    close(weight.precision, 1.24021, 1e-5);
  });

  it('moves each weight in proportion to its variance and its value', () => {
    const sure = weightAtPrior({ mean: 0, precision: 10 });
    const unsure = weightAtPrior({ mean: 0, precision: 1 });
    learn([sure, unsure], [1, 0.5], { ratio: 1, trials: 3 }, NEVER_FORGET);
    // (0.5 ÷ 1) ÷ (1 ÷ 10) = 5
    close(unsure.mean / sure.mean, 5, 1e-9);
  });

  it('never passes what it was shown', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -5, max: 5, noNaN: true }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        fc.double({ min: 0.01, max: 1000, noNaN: true }),
        (mean, precision, ratio, trials) => {
          const weight = weightAtPrior({ mean, precision });
          learn([weight], [1], { ratio, trials }, NEVER_FORGET);
          const [low, high] = [Math.min(mean, logit(ratio)), Math.max(mean, logit(ratio))];
          assert.ok(weight.mean >= low - 1e-6 && weight.mean <= high + 1e-6);
          assert.ok(weight.precision >= precision);
        },
      ),
      { seed: 86 },
    );
  });

  it('finds the weights that made the data', () => {
    const rng = seededRandom(7);
    const truth = [-1, 2, -0.5];
    const weights = truth.map(() => weightAtPrior({ mean: 0, precision: 0.25 }));
    for (let i = 0; i < 20_000; i++) {
      const x = [1, 2 * rng() - 1, 2 * rng() - 1];
      const p = sigmoid(truth.reduce((sum, weight, j) => sum + weight * x[j]!, 0));
      learn(weights, x, { ratio: rng() < p ? 1 : 0, trials: 1 }, NEVER_FORGET);
    }
    // Standard error of a weight is about 1 ÷ √(20,000 × 0.2 × 1/3) = 0.027; ADF adds some.
    truth.forEach((expected, j) => close(weights[j]!.mean, expected, 0.12));
  });

  it('bounds its certainty by what it forgets', () => {
    const weight = weightAtPrior({ mean: 0, precision: 1 });
    for (let i = 0; i < 30_000; i++) learn([weight], [1], { ratio: i % 2, trials: 1 }, 1_000);
    // Fixed point of q = kq + (1 − k)·1 + 0.25 with k = 2^(−1/1000): 1 + 0.25 ÷ 0.00069291 = 361.8
    close(weight.precision, 361.8, 2);
  });

  it('follows a world that changes', () => {
    const weight = weightAtPrior({ mean: 0, precision: 1 });
    for (let i = 0; i < 10_000; i++) learn([weight], [1], { ratio: 0.1, trials: 1 }, 500);
    close(sigmoid(weight.mean), 0.1, 0.01);
    for (let i = 0; i < 5_000; i++) learn([weight], [1], { ratio: 0.6, trials: 1 }, 500);
    close(sigmoid(weight.mean), 0.6, 0.02);
  });

  it('forgets nothing of a weight that an observation does not speak about', () => {
    const rare = { mean: 3, precision: 50, prior: { mean: 0, precision: 1 } };
    const usual = weightAtPrior({ mean: 0, precision: 1 });
    for (let i = 0; i < 1_000; i++) learn([rare, usual], [0, 1], { ratio: 0, trials: 5 }, 100);
    assert.deepEqual([rare.mean, rare.precision], [3, 50]);
  });

  it('is less sure of a probability the less it knows', () => {
    // κ = 1 ÷ √(1 + π·8 ÷ 8) = 0.491; σ(−4 × 0.491) = 0.123, against σ(−4) = 0.018
    close(meanProbability({ mean: -4, variance: 8 }), 0.123, 0.001);
    close(meanProbability(predictLogOdds([], [])), 0.5, 0);
  });
});
