import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DiscountedMean } from './discounted-mean.js';

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);

describe('a discounted mean', () => {
  it('is the prior, as unsure as an exponential of that mean', () => {
    const latency = new DiscountedMean(100, 4);
    near(latency.mean, 100);
    // E[x²] − mean² = 2 · 100² − 100² = 100²; over 4 samples: 100 / √4.
    near(latency.sdOfMean, 50);
  });

  it('weighs the prior as its number of samples: (4 · 100 + 6 · 200) / 10', () => {
    const latency = new DiscountedMean(100, 4);
    latency.observe(200, 6, 0, 1_000);
    near(latency.mean, 160);
  });

  it('halves the samples every half-life: (4 · 100 + 3 · 200) / 7, and forgets them when idle', () => {
    const latency = new DiscountedMean(100, 4);
    latency.observe(200, 6, 0, 1_000);
    latency.decayTo(1_000, 1_000);
    near(latency.mean, 1_000 / 7);
    latency.decayTo(3_600_000, 1_000);
    near(latency.mean, 100);
  });
});
