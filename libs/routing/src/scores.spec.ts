import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { confidenceScore } from './scores.js';

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-3, `${actual} is not ${expected}`);

describe('confidence', () => {
  it('is 100 without rivals', () => {
    const only = { mean: 0, sd: 1 };
    assert.equal(confidenceScore(only, [only]), 100);
  });

  it('is Φ of the distance in standard deviations: Φ(1) where √(0.6² + 0.8²) = 1', () => {
    const chosen = { mean: 2, sd: 0.6 };
    near(confidenceScore(chosen, [chosen, { mean: 1, sd: 0.8 }]), 84.1345);
  });

  it('is a half between equals, and a quarter among three', () => {
    const chosen = { mean: 1, sd: 1 };
    near(confidenceScore(chosen, [chosen, { mean: 1, sd: 1 }]), 50);
    near(confidenceScore(chosen, [chosen, { mean: 1, sd: 1 }, { mean: 1, sd: 1 }]), 25);
  });

  it('is certain about figures that are known exactly', () => {
    const chosen = { mean: 1, sd: 0 };
    assert.equal(confidenceScore(chosen, [chosen, { mean: 1, sd: 0 }]), 100);
    assert.equal(confidenceScore(chosen, [chosen, { mean: 2, sd: 0 }]), 0);
  });
});
