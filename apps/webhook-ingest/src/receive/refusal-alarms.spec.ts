import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RefusalAlarms } from './refusal-alarms.js';

describe('RefusalAlarms', () => {
  it('raises one alarm at the twentieth refusal of an address in a minute, and the next after five minutes', () => {
    const alarms = new RefusalAlarms();
    const raisedAt: number[] = [];
    // One a second for ten minutes: the window of the 20th second, then each minute that the quiet time lets through.
    for (let second = 0; second < 600; second++) {
      if (alarms.note('stripe', '203.0.113.7', second * 1_000).some(({ source }) => source !== null))
        raisedAt.push(second);
    }
    // The sixth window begins at 300 s and has its twentieth refusal at 319 s, just as the quiet time ends.
    assert.deepEqual(raisedAt, [19, 319]);
  });

  it('raises the alarm of the source when the refusals come from everywhere', () => {
    const alarms = new RefusalAlarms();
    const raised = Array.from({ length: 250 }, (_, n) => alarms.note('maps', `203.0.113.${n}`, n)).flat();
    assert.deepEqual(raised, [{ count: 100, windowMs: 60_000, source: null }]);
  });

  it('raises none for refusals that are few and far between', () => {
    const alarms = new RefusalAlarms();
    for (let n = 0; n < 500; n++) assert.deepEqual(alarms.note('stripe', '203.0.113.7', n * 4_000), []);
  });
});
