import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BatchSize } from './batch-size.js';

const bounds = { maxItems: 100, targetLatencyMs: 400 };

function answered(size: BatchSize, latenciesMs: readonly number[]): number {
  for (const latencyMs of latenciesMs) size.settled('success', latencyMs);
  return size.limit;
}

const times = (count: number, latencyMs: number) => new Array<number>(count).fill(latencyMs);

describe('the size of a batch', () => {
  it('is halved by a 429 and by a 5xx, and is never less than one', () => {
    const size = new BatchSize(bounds);
    size.settled('rate_limited', 10);
    assert.equal(size.limit, 50);
    size.settled('server_error', 10);
    assert.equal(size.limit, 25);
    for (let n = 0; n < 10; n++) size.settled('server_error', 10);
    assert.equal(size.limit, 1);
  });

  it('grows by one an answer while p95 stays within target, up to the most', () => {
    const size = new BatchSize(bounds);
    size.settled('rate_limited', 10);
    // 19 answers say nothing of a tail; the 20th and each after it add one.
    assert.equal(answered(size, times(19, 400)), 50);
    assert.equal(answered(size, times(3, 400)), 53);
    assert.equal(answered(size, times(100, 400)), 100);
  });

  it('shrinks by a tenth when p95 passes the target, and looks anew before it shrinks again', () => {
    const size = new BatchSize(bounds);
    // Of 20, the 19th by rank is the p95: one slow answer is within it, two are not.
    assert.equal(answered(size, [...times(19, 100), 900]), 100);
    assert.equal(answered(size, [900]), 90);
    assert.equal(answered(size, times(19, 900)), 90);
    assert.equal(answered(size, [900]), 81);
  });

  it('learns nothing from what the provider refused or never saw', () => {
    const size = new BatchSize(bounds);
    for (let n = 0; n < 50; n++) size.settled('client_error', 9_000);
    for (let n = 0; n < 50; n++) size.settled('connection_error', 9_000);
    assert.equal(size.limit, 100);
  });

  it('follows a changed most, and keeps what it learned', () => {
    const size = new BatchSize(bounds);
    size.adopt({ ...bounds, maxItems: 200 });
    assert.equal(size.limit, 200);
    size.settled('rate_limited', 10);
    size.adopt({ ...bounds, maxItems: 300 });
    assert.equal(size.limit, 100);
    size.adopt({ ...bounds, maxItems: 10 });
    assert.equal(size.limit, 10);
  });
});
