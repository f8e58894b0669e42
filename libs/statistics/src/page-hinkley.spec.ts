import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PageHinkley } from './page-hinkley.js';
import { seededRandom } from './random.js';

const options = { initialMean: 0.005, drift: 0.02, threshold: 3, memory: 500 };

describe('the change-point statistic', () => {
  it('adds what values exceed the mean and the drift by', () => {
    const test = new PageHinkley({ initialMean: 0, drift: 0.1, threshold: 2, memory: Infinity });
    // 0.9 after one failure, 0.8 after a success: 0.9 − 0.1.
    test.observe(1);
    assert.ok(Math.abs(test.statistic - 0.9 / 2) < 1e-12);
    test.observe(0);
    assert.ok(Math.abs(test.statistic - 0.8 / 2) < 1e-12);
  });

  it('alarms within 20 calls when one in three begins to fail', () => {
    const test = new PageHinkley(options);
    const rng = seededRandom(6);
    for (let i = 0; i < 2_000; i++) test.observe(rng() < 0.005 ? 1 : 0);
    let calls = 0;
    while (test.statistic < 1 && calls < 100) {
      test.observe(rng() < 1 / 3 ? 1 : 0);
      calls++;
    }
    assert.ok(calls <= 20, `${calls} calls`);
  });

  it('stays calm over 20,000 calls of a healthy node', () => {
    const test = new PageHinkley(options);
    const rng = seededRandom(7);
    let highest = 0;
    for (let i = 0; i < 20_000; i++) {
      test.observe(rng() < 0.005 ? 1 : 0);
      highest = Math.max(highest, test.statistic);
    }
    assert.ok(highest < 1, `reached ${highest}`);
  });

  it('calms down when a new level has lasted, and never exceeds 4', () => {
    const test = new PageHinkley(options);
    for (let i = 0; i < 100; i++) test.observe(1);
    assert.equal(test.statistic, 4);
    for (let i = 0; i < 20_000; i++) test.observe(i % 2);
    assert.ok(test.statistic < 1);
  });
});
