import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { activate, effectOf, naturalDelayMs, type Effect, type Fault } from './faults.js';
import { luckOf, type Luck } from './luck.js';

const lucky: Luck = { latency: [0.5, 0.25], error: 0.999, hang: 0.999, reset: 0.999, slow: 0.999 };
const unlucky: Luck = { latency: [0.5, 0.25], error: 0, hang: 0, reset: 0, slow: 0 };

/** The effect of one fault that began at 0, on a node that usually takes 100 ms. */
const effect = (fault: Fault, luck: Luck, atMs = 0): Effect =>
  effectOf([activate(fault, 0)], 100, luck, atMs);

describe('a fault', () => {
  it('is nothing when there is none', () => {
    assert.deepEqual(effectOf([], 100, unlucky, 0), { kind: 'answer', delayMs: 100 });
  });

  const cases: [string, Fault, Luck, number, Effect][] = [
    ['errors', { kind: 'errors', ratio: 0.15 }, unlucky, 0, { kind: 'fail', status: 500, delayMs: 100 }],
    ['errors', { kind: 'errors', ratio: 0.15 }, lucky, 0, { kind: 'answer', delayMs: 100 }],
    [
      'errors with a status',
      { kind: 'errors', ratio: 1, status: 502 },
      lucky,
      0,
      { kind: 'fail', status: 502, delayMs: 100 },
    ],
    ['hang', { kind: 'hang', ratio: 0.5 }, unlucky, 0, { kind: 'hang' }],
    ['reset', { kind: 'reset', ratio: 0.5 }, unlucky, 0, { kind: 'reset', delayMs: 100 }],
    // a quarter of the way: 100 + 2000 / 4
    [
      'ramp',
      { kind: 'latency_ramp', addMs: 2000, overMs: 8000 },
      lucky,
      2000,
      { kind: 'answer', delayMs: 600 },
    ],
    [
      'ramp, at its top',
      { kind: 'latency_ramp', addMs: 2000, overMs: 8000 },
      lucky,
      60_000,
      { kind: 'answer', delayMs: 2100 },
    ],
    ['step', { kind: 'latency_ramp', addMs: 2000, overMs: 0 }, lucky, 0, { kind: 'answer', delayMs: 2100 }],
    [
      'brown-out, the slow share',
      { kind: 'brown_out', slowRatio: 0.5, slowMs: 900, errorRatio: 0.2 },
      { ...lucky, slow: 0.4 },
      0,
      { kind: 'answer', delayMs: 1000 },
    ],
    [
      'brown-out, the failing share',
      { kind: 'brown_out', slowRatio: 0.5, slowMs: 900, errorRatio: 0.2 },
      { ...lucky, error: 0.1 },
      0,
      { kind: 'fail', status: 503, delayMs: 100 },
    ],
    [
      'flapping, up',
      { kind: 'flapping', upMs: 300, downMs: 200 },
      lucky,
      299,
      { kind: 'answer', delayMs: 100 },
    ],
    [
      'flapping, down',
      { kind: 'flapping', upMs: 300, downMs: 200 },
      lucky,
      300,
      { kind: 'fail', status: 503, delayMs: 100 },
    ],
    [
      'flapping, up again',
      { kind: 'flapping', upMs: 300, downMs: 200 },
      lucky,
      500,
      { kind: 'answer', delayMs: 100 },
    ],
  ];
  for (const [name, fault, luck, atMs, expected] of cases) {
    it(`${name}: ${expected.kind} at ${atMs} ms`, () =>
      assert.deepEqual(effect(fault, luck, atMs), expected));
  }

  it('of a rate limit takes one second of requests at once and then as many as come in', () => {
    const faults = [activate({ kind: 'rate_limit', requestsPerSecond: 10, retryAfterSeconds: 3 }, 0)];
    const taken = (atMs: number, requests: number) =>
      Array.from({ length: requests }, () => effectOf(faults, 0, lucky, atMs)).filter(
        ({ kind }) => kind === 'answer',
      ).length;
    assert.equal(taken(0, 30), 10);
    assert.equal(taken(500, 30), 5);
    assert.equal(taken(60_000, 30), 10, 'never more than a second holds');
    assert.deepEqual(effectOf(faults, 0, lucky, 60_000), { kind: 'limit', retryAfterSeconds: 3 });
  });

  it('adds to another', () => {
    const both: Fault[] = [
      { kind: 'latency_ramp', addMs: 50, overMs: 0 },
      { kind: 'errors', ratio: 1 },
    ];
    const faults = both.map((fault) => activate(fault, 0));
    assert.deepEqual(effectOf(faults, 100, lucky, 0), { kind: 'fail', status: 500, delayMs: 150 });
  });
});

describe('luck', () => {
  it('is the same for the same seed, node and number, and another otherwise', () => {
    assert.deepEqual(luckOf(1, 'node_a', 7), luckOf(1, 'node_a', 7));
    for (const other of [luckOf(2, 'node_a', 7), luckOf(1, 'node_b', 7), luckOf(1, 'node_a', 8)]) {
      assert.notEqual(luckOf(1, 'node_a', 7).error, other.error);
    }
  });

  it('gives an error ratio of 15 % its 15 %, and every draw apart from the others', () => {
    const draws = Array.from({ length: 20_000 }, (_, n) => luckOf(42, 'stripe_primary_us_east', n));
    const share = (test: (luck: Luck) => boolean) => draws.filter(test).length / draws.length;
    // ± 4 standard deviations: 4 √(0.15 × 0.85 / 20,000) = 0.0101
    assert.ok(Math.abs(share(({ error }) => error < 0.15) - 0.15) < 0.0101);
    assert.ok(Math.abs(share(({ error, slow }) => error < 0.5 && slow < 0.5) - 0.25) < 0.0123);
  });

  it('spreads latency around the median', () => {
    const delays = Array.from({ length: 9_999 }, (_, n) =>
      naturalDelayMs(100, luckOf(7, 'a', n).latency),
    ).sort((a, b) => a - b);
    assert.ok(Math.abs(delays[4_999]! - 100) < 2);
    // the 97.5th percentile of a log-normal of σ 0.2 is e^(1.96 × 0.2) = 1.48 times the median
    assert.ok(Math.abs(delays[9_749]! - 148) < 5);
  });
});
