import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SlidingWindow } from './sliding-window.js';

const WINDOW_MS = 1_000;

describe('a sliding window of ten buckets', () => {
  it('keeps lanes apart', () => {
    const window = new SlidingWindow(2, WINDOW_MS);
    window.add(0, 3, 0);
    window.add(1, 5, 0);
    assert.equal(window.total(0, 0), 3);
    assert.equal(window.total(1, 0), 5);
  });

  it('lets one bucket fall off at a time', () => {
    const window = new SlidingWindow(1, WINDOW_MS);
    for (let at = 0; at < WINDOW_MS; at += 100) window.add(0, 1, at);
    assert.equal(window.total(0, 999), 10);
    assert.equal(window.total(0, 1_000), 9);
    assert.equal(window.total(0, 1_399), 6);
  });

  it('forgets everything after an idle hour', () => {
    const window = new SlidingWindow(1, WINDOW_MS);
    window.add(0, 7, 500);
    assert.equal(window.total(0, 3_600_500), 0);
    assert.equal(window.newest(0, 10, 3_600_500), 0);
  });

  it('sums the newest buckets, the one being filled included', () => {
    const window = new SlidingWindow(1, WINDOW_MS);
    for (let at = 0; at < WINDOW_MS; at += 100) window.add(0, at / 100, at);
    assert.equal(window.newest(0, 3, 950), 7 + 8 + 9);
  });

  it('says how much time its sums cover: nine full buckets and what has gone of the tenth', () => {
    const window = new SlidingWindow(1, WINDOW_MS);
    assert.equal(window.coveredMs(5_000), 900);
    assert.equal(window.coveredMs(5_099), 999);
    assert.equal(window.coveredMs(5_100), 900);
  });

  it('counts exactly what the last ten buckets hold, for any sequence of times', () => {
    const event = fc.record({ gapMs: fc.nat(2_500), amount: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const window = new SlidingWindow(1, WINDOW_MS);
        const seen: { bucket: number; amount: number }[] = [];
        let nowMs = 0;
        for (const { gapMs, amount } of events) {
          nowMs += gapMs;
          window.add(0, amount, nowMs);
          seen.push({ bucket: Math.floor(nowMs / 100), amount });
          const oldest = Math.floor(nowMs / 100) - 9;
          const expected = seen.reduce((sum, e) => sum + (e.bucket >= oldest ? e.amount : 0), 0);
          assert.equal(window.total(0, nowMs), expected);
        }
      }),
      { seed: 85 },
    );
  });
});
