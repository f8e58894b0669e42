import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AIRTABLE_PACE, Pacer } from './pacer.js';
import { retryAfterMs } from './retry-after.js';

class Hand {
  atMs = 100_000;
  nowMs = () => this.atMs;
}

describe('the pace of a lane', () => {
  it('lets Airtable’s five go at once, then one every 200 ms', () => {
    const clock = new Hand();
    const pacer = new Pacer(AIRTABLE_PACE, clock);
    const sentAtMs: number[] = [];
    for (let n = 0; n < 8; n++) {
      clock.atMs = Math.max(clock.atMs, pacer.laneFreeAtMs('base'));
      pacer.laneTaken('base');
      sentAtMs.push(clock.atMs - 100_000);
    }
    assert.deepEqual(sentAtMs, [0, 0, 0, 0, 0, 200, 400, 600]);
  });

  it('paces each lane by itself', () => {
    const clock = new Hand();
    const pacer = new Pacer({ requestsPerSecond: 1, burst: 1, penaltyMs: 0 }, clock);
    pacer.laneTaken('one');
    assert.equal(pacer.laneFreeAtMs('one'), 101_000);
    assert.equal(pacer.laneFreeAtMs('two'), 0);
  });

  it('rests after a 429 for as long as was asked, else for the penalty of 30 s', () => {
    const clock = new Hand();
    const pacer = new Pacer(AIRTABLE_PACE, clock);
    pacer.penalise('base', null);
    assert.equal(pacer.laneFreeAtMs('base'), 130_000);
    // A shorter wish does not end the rest.
    pacer.penalise('base', 2_000);
    assert.equal(pacer.laneFreeAtMs('base'), 130_000);
    pacer.penalise('other', 2_000);
    assert.equal(pacer.laneFreeAtMs('other'), 102_000);
  });

  it('never lets more through than burst + rate · time, whenever one asks', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 200, size: 'max' }), (gaps) => {
        const clock = new Hand();
        const pacer = new Pacer(AIRTABLE_PACE, clock);
        const sentAtMs: number[] = [];
        for (const gap of gaps) {
          clock.atMs += gap;
          if (pacer.laneFreeAtMs('base') > clock.atMs) continue;
          pacer.laneTaken('base');
          sentAtMs.push(clock.atMs);
        }
        for (const [from, beginMs] of sentAtMs.entries()) {
          for (const [offset, endMs] of sentAtMs.slice(from).entries()) {
            assert.ok(offset + 1 <= 5 + ((endMs - beginMs) * 5) / 1_000 + 1e-9);
          }
        }
      }),
      { numRuns: 100, seed: 41 },
    );
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2025, 0, 1, 12, 0, 0);

  it('is seconds or a date', () => {
    assert.equal(retryAfterMs('30', now), 30_000);
    assert.equal(retryAfterMs('0.25', now), 250);
    assert.equal(retryAfterMs('Wed, 01 Jan 2025 12:00:05 GMT', now), 5_000);
  });

  it('is nothing that it does not say, never negative, at most an hour', () => {
    assert.equal(retryAfterMs(undefined, now), null);
    assert.equal(retryAfterMs('soon', now), null);
    assert.equal(retryAfterMs('Wed, 01 Jan 2025 11:00:00 GMT', now), 0);
    assert.equal(retryAfterMs('999999', now), 3_600_000);
  });
});
