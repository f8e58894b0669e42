import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '@signalbox/statistics';
import fc from 'fast-check';
import { ArrivalForecast } from './arrival-forecast.js';

const W = 1_000;
const forecast = () => new ArrivalForecast(() => W);

describe('the forecast of arrivals', () => {
  it('corrects what it believes by what it sees in the window', () => {
    const one = forecast();
    one.observe('f', 'k', 0);
    // Nothing seen before: belief 1 a window. At once, for the whole window: 1 · 1 ÷ 1.
    assert.equal(one.expected('f', 'k', 0, W), 1);
    // Half of it passed in silence: rate 1 ÷ 1.5, for the half that is left: 0.333.
    assert.ok(Math.abs(one.expected('f', 'k', 500, W) - 1 / 3) < 1e-9);
    one.observe('f', 'k', 500);
    one.observe('f', 'k', 500);
    // Two came: (1 + 2) ÷ 1.5 · 0.5 = 1.
    assert.equal(one.expected('f', 'k', 500, W), 1);
  });

  it('says when the expectation will have fallen below a threshold: there it has, and just before it had not', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 40, size: 'max' }),
        fc.integer({ min: 1, max: W }),
        (gaps, waitMs) => {
          const one = forecast();
          let nowMs = 0;
          for (const gap of gaps) one.observe('f', 'k', (nowMs += gap));
          const untilMs = nowMs + waitMs;
          const atMs = one.belowAtMs('f', 'k', nowMs, untilMs, 0.3);
          assert.ok(atMs >= nowMs && atMs <= untilMs);
          if (atMs < untilMs) assert.ok(one.expected('f', 'k', atMs, untilMs) < 0.3 + 1e-9);
          if (atMs > nowMs + 1) assert.ok(one.expected('f', 'k', atMs - 1.001, untilMs) >= 0.3);
        },
      ),
      { numRuns: 500, seed: 21 },
    );
  });

  it('comes to know the rate of a Poisson process: λW followers a window', () => {
    const one = forecast();
    const rng = seededRandom(3);
    const perWindow = 4;
    let [nowMs, sum, samples] = [0, 0, 0];
    while (nowMs < 2_000 * W) {
      nowMs += (-Math.log(1 - rng()) / perWindow) * W;
      one.observe('f', 'k', nowMs);
      if (nowMs < 100 * W) continue;
      sum += one.expected('f', 'k', nowMs, nowMs + W);
      samples++;
    }
    assert.ok(Math.abs(sum / samples - perWindow) < 0.5, `mean expectation ${sum / samples}`);
  });

  it('expects of a key hardly seen what its family does, and of one well known what it does itself', () => {
    const one = forecast();
    // Ten windows of a busy key: 5 followers each.
    for (let window = 0; window < 10; window++) {
      for (let n = 0; n <= 5; n++) one.observe('f', 'busy', window * 2_000 + n);
    }
    one.observe('f', 'new', 50_000);
    assert.ok(one.expected('f', 'new', 50_000, 50_000 + W) > 4);
    for (let window = 0; window < 10; window++) one.observe('f', 'quiet', 60_000 + window * 2_000);
    assert.ok(one.expected('f', 'quiet', 78_000, 78_000 + W) < 1);
    one.observe('f', 'busy', 90_000);
    assert.ok(one.expected('f', 'busy', 90_000, 90_000 + W) > 3);
  });

  it('forgets the key that it has not seen for longest', () => {
    const one = forecast();
    one.observe('f', 'first', 0);
    one.observe('f', 'first', 1);
    for (let n = 0; n < 10_000; n++) one.observe('f', `k${n}`, 2);
    // As unknown as any: its follower is forgotten.
    assert.equal(one.expected('f', 'first', 2, 2 + W), 1);
  });
});
