import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { studentQuantile } from './student-t.js';

describe('studentQuantile', () => {
  it('agrees with the tables', () => {
    const table: [p: number, degrees: number, quantile: number][] = [
      [0.975, 1, 12.706],
      [0.9, 2, 1.886],
      [0.975, 2, 4.303],
      [0.9, 3, 1.638],
      [0.975, 3, 3.182],
      [0.975, 5, 2.571],
      [0.9, 10, 1.372],
      [0.975, 100, 1.984],
      [0.975, Infinity, 1.96],
    ];
    for (const [p, degrees, quantile] of table) {
      assert.ok(Math.abs(studentQuantile(p, degrees) - quantile) < 6e-4, `t(${p}, ${degrees})`);
    }
  });
});
