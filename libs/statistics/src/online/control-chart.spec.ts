import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ControlChart } from './control-chart.js';

describe('ControlChart', () => {
  it('answers nothing before it has seen enough', () => {
    const chart = new ControlChart(0.1, 3, 0.01);
    chart.learn(1);
    chart.learn(1);
    assert.equal(chart.score(100), null);
    assert.equal(chart.limit(3), null);
  });

  it('scores in standard deviations of its own past', () => {
    const chart = new ControlChart(0.01, 4, 0.01);
    for (const value of [8, 12, 8, 12]) chart.learn(value);
    // Running figures of the first values are exact: mean 10, variance 4.
    assert.equal(chart.score(16), 3);
    assert.equal(chart.limit(3), 16);
  });

  it('never finds a difference below its floor worth telling', () => {
    const chart = new ControlChart(0.1, 2, 0.5);
    for (let i = 0; i < 10; i++) chart.learn(7);
    assert.equal(chart.score(8), 2);
  });

  it('takes a lasting new level for normal, later when told to be cautious', () => {
    const [open, cautious] = [new ControlChart(0.1, 2, 0.1), new ControlChart(0.1, 2, 0.1)];
    for (let i = 0; i < 50; i++) for (const chart of [open, cautious]) chart.learn(i % 2);
    for (let i = 0; i < 50; i++) {
      open.learn(5);
      cautious.learn(5, 0.1);
    }
    assert.ok(open.score(5)! < 1);
    // (1 − 0.01)^50 = 0.605 of the old level is left: mean ≈ 5 − 4.5 × 0.605 = 2.28.
    assert.ok(Math.abs(cautious.limit(0)! - 2.28) < 0.1);
  });
});
