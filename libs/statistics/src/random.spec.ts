import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sampleBeta, sampleNormal, seededRandom } from './random.js';

function moments(draws: number[]): { mean: number; sd: number } {
  const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
  const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
  return { mean, sd: Math.sqrt(variance) };
}

const near = (actual: number, expected: number, within: number) =>
  assert.ok(Math.abs(actual - expected) < within, `${actual} is not within ${within} of ${expected}`);

describe('seeded randomness', () => {
  it('repeats itself for a seed, and differs for its neighbour', () => {
    const take = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
    assert.deepEqual(take(1), take(1));
    assert.notDeepEqual(take(1), take(2));
  });

  it('is uniform: every tenth of [0, 1) gets its tenth, whatever the seed', () => {
    for (const seed of [0, 1, 2, -1, 2 ** 31]) {
      const rng = seededRandom(seed);
      const bins = new Array<number>(10).fill(0);
      for (let i = 0; i < 10_000; i++) {
        const bin = Math.floor(rng() * 10);
        bins[bin] = (bins[bin] ?? NaN) + 1;
      }
      // 1,000 expected, standard deviation √(10,000 · 0.1 · 0.9) = 30: five of them either way.
      for (const count of bins) assert.ok(Math.abs(count - 1_000) < 150, `seed ${seed}: ${bins.join(' ')}`);
    }
  });

  it('draws a standard normal', () => {
    const rng = seededRandom(3);
    const { mean, sd } = moments(Array.from({ length: 20_000 }, () => sampleNormal(rng)));
    near(mean, 0, 0.03);
    near(sd, 1, 0.03);
  });

  it('draws a Beta with its mean α/(α+β) and variance αβ/((α+β)²(α+β+1)), also below shape 1', () => {
    for (const [alpha, beta] of [
      [2, 3],
      [0.5, 0.5],
      [180, 1],
    ] as const) {
      const rng = seededRandom(4);
      const { mean, sd } = moments(Array.from({ length: 20_000 }, () => sampleBeta(alpha, beta, rng)));
      const n = alpha + beta;
      near(mean, alpha / n, 0.01);
      near(sd, Math.sqrt((alpha * beta) / (n * n * (n + 1))), 0.01);
    }
  });
});
