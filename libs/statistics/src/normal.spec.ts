import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { normalCdf, normalQuantile } from './normal.js';

/** From the standard table. */
const TABLE = [
  [0, 0.5],
  [1, 0.8413447461],
  [-1, 0.1586552539],
  [1.644853627, 0.95],
  [1.959963985, 0.975],
  [-3, 0.001349898],
] as const;

describe('the standard normal', () => {
  it('has the cumulative probabilities of the table', () => {
    for (const [x, p] of TABLE) assert.ok(Math.abs(normalCdf(x) - p) < 1e-7, `Φ(${x}) = ${normalCdf(x)}`);
  });

  it('has the quantiles of the table', () => {
    for (const [x, p] of TABLE) {
      assert.ok(Math.abs(normalQuantile(p) - x) < 1e-7, `Φ⁻¹(${p}) = ${normalQuantile(p)}`);
    }
  });

  it('ends at 0 and 1', () => {
    assert.equal(normalCdf(Infinity), 1);
    assert.equal(normalCdf(-Infinity), 0);
    assert.equal(normalQuantile(0), -Infinity);
    assert.equal(normalQuantile(1), Infinity);
    assert.ok(Number.isNaN(normalQuantile(1.1)));
  });
});
