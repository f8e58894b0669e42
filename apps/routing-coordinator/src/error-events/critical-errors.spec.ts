import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '@signalbox/testkit';
import { CriticalErrors } from './critical-errors.js';

describe('critical errors', () => {
  it('are counted once in collections every 15 s, whenever they come', () => {
    const clock = new ManualClock();
    const errors = new CriticalErrors(clock);
    let counted = 0;
    let taken = 0;
    for (let second = 1; second <= 60; second++) {
      clock.advance(400);
      for (let n = 0; n < (second * second) % 3; n++) {
        errors.took('stripe');
        taken++;
      }
      clock.advance(600);
      if (second % 15 === 0) counted += errors.count('stripe');
    }
    assert.equal(counted, taken);
    assert.ok(taken > 0);
    assert.equal(errors.count('maps'), 0);
  });

  it('are forgotten after 15 s, and bounded before', () => {
    const clock = new ManualClock();
    const errors = new CriticalErrors(clock);
    for (let n = 0; n < 10_500; n++) errors.took('stripe');
    assert.equal(errors.count('stripe'), 10_000);
    clock.advance(14_999);
    assert.equal(errors.count('stripe'), 10_000);
    clock.advance(1);
    assert.equal(errors.count('stripe'), 0);
  });
});
