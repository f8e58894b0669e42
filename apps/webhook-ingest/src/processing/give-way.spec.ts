import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GiveWay } from './give-way.js';

describe('GiveWay', () => {
  it('lets every round pass while receipts are answered soon', () => {
    const way = new GiveWay();
    for (let ms = 0; ms < 100; ms++) assert.equal(way.mustWait(15, ms), false);
  });

  it('holds rounds back while receipts wait, and lets one pass a second', () => {
    const way = new GiveWay();
    const passed = Array.from({ length: 31 }, (_, n) => n * 100).filter((ms) => !way.mustWait(40, ms));
    assert.deepEqual(passed, [0, 1_000, 2_000, 3_000]);
  });

  it('lets the next round pass as soon as receipts are answered soon again', () => {
    const way = new GiveWay();
    way.mustWait(0, 0);
    assert.equal(way.mustWait(16, 10), true);
    assert.equal(way.mustWait(3, 11), false);
  });
});
