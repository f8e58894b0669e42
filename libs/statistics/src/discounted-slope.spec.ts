import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DiscountedSlope } from './discounted-slope.js';

const EPOCH_MS = Date.UTC(2026, 0, 15);

describe('a discounted slope', () => {
  it('is 0 without two times', () => {
    const slope = new DiscountedSlope(10_000);
    assert.equal(slope.relativePerSecond, 0);
    slope.observe(100, 1, EPOCH_MS);
    slope.observe(300, 1, EPOCH_MS);
    assert.equal(slope.relativePerSecond, 0);
  });

  it('finds the slope of a straight line exactly, whatever the weights: 20 ms a second over the mean', () => {
    const slope = new DiscountedSlope(10_000);
    const weight = (age: number) => Math.exp(-age / 10);
    let weights = 0;
    let weighted = 0;
    for (let second = 0; second <= 5; second++) {
      slope.observe(100 + 20 * second, 1, EPOCH_MS + 1_000 * second);
      weights += weight(5 - second);
      weighted += weight(5 - second) * (100 + 20 * second);
    }
    assert.ok(Math.abs(slope.relativePerSecond - 20 / (weighted / weights)) < 1e-9);
  });

  it('forgets an old ramp', () => {
    const slope = new DiscountedSlope(10_000);
    for (let second = 0; second < 10; second++)
      slope.observe(100 + 50 * second, 1, EPOCH_MS + 1_000 * second);
    for (let second = 60; second < 80; second++) slope.observe(500, 1, EPOCH_MS + 1_000 * second);
    assert.ok(Math.abs(slope.relativePerSecond) < 1e-3);
  });
});
