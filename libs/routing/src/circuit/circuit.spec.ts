import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '@signalbox/statistics';
import fc from 'fast-check';
import {
  NEVER_TRIPPED,
  forceOpen,
  halfOpen,
  probeFailed,
  probeSucceeded,
  reset,
  supersedes,
  trip,
  type CircuitState,
  type ClosedCircuit,
  type HalfOpenCircuit,
  type OpenCircuit,
} from './circuit.js';

const THRESHOLDS = { windowMs: 30_000, retryBackoffMs: 1_000, maxBackoffMs: 300_000, probeSuccesses: 3 };
/** Jitter at its least and its most: 80 % and (almost) all of the backoff. */
const LEAST = () => 0;
const MOST = () => 1;

const closed = (from: Partial<ClosedCircuit> = {}): ClosedCircuit => ({
  state: 'closed',
  generation: 4,
  changedAtMs: 0,
  openings: 0,
  ...from,
});
const open = (from: Partial<OpenCircuit> = {}): OpenCircuit => ({
  state: 'open',
  generation: 5,
  changedAtMs: 0,
  untilMs: 1_000,
  openings: 1,
  ...from,
});
const halfOpened = (from: Partial<HalfOpenCircuit> = {}): HalfOpenCircuit => ({
  state: 'half_open',
  generation: 6,
  changedAtMs: 1_000,
  openings: 1,
  successes: 0,
  probe: null,
  ...from,
});

describe('a circuit', () => {
  const at = 50_000;
  const TRANSITIONS: { name: string; to: CircuitState | null; expected: CircuitState | null }[] = [
    {
      name: 'trips for one backoff',
      to: trip(closed(), THRESHOLDS, at, MOST),
      expected: open({ changedAtMs: at, untilMs: at + 1_000 }),
    },
    {
      name: 'jitters down to 80 % of it',
      to: trip(closed(), THRESHOLDS, at, LEAST),
      expected: open({ changedAtMs: at, untilMs: at + 800 }),
    },
    {
      name: 'goes on doubling when it trips within a window of having closed',
      to: trip(closed({ changedAtMs: at - 29_999, openings: 3 }), THRESHOLDS, at, MOST),
      expected: open({ changedAtMs: at, untilMs: at + 8_000, openings: 4 }),
    },
    {
      name: 'starts over after a window of peace',
      to: trip(closed({ changedAtMs: at - 30_000, openings: 3 }), THRESHOLDS, at, MOST),
      expected: open({ changedAtMs: at, untilMs: at + 1_000 }),
    },
    {
      name: 'stays open until its time',
      to: halfOpen(open({ untilMs: at + 1 }), at),
      expected: null,
    },
    {
      name: 'may be probed from then on',
      to: halfOpen(open({ untilMs: at }), at),
      expected: halfOpened({ changedAtMs: at }),
    },
    {
      name: 'is never probed when opened by hand',
      to: halfOpen(open({ untilMs: null }), at),
      expected: null,
    },
    {
      name: 'counts a good probe',
      to: probeSucceeded(halfOpened({ successes: 1 }), THRESHOLDS, at),
      expected: halfOpened({ generation: 7, changedAtMs: at, successes: 2 }),
    },
    {
      name: 'closes at the third',
      to: probeSucceeded(halfOpened({ successes: 2, openings: 2 }), THRESHOLDS, at),
      expected: closed({ generation: 7, changedAtMs: at, openings: 2 }),
    },
    {
      name: 're-opens for twice as long when a probe fails',
      to: probeFailed(halfOpened({ successes: 2 }), THRESHOLDS, at, MOST),
      expected: open({ generation: 7, changedAtMs: at, untilMs: at + 2_000, openings: 2 }),
    },
    {
      name: 're-opens for at least as long as the node asked',
      to: probeFailed(halfOpened(), THRESHOLDS, at, MOST, at + 60_000),
      expected: open({ generation: 7, changedAtMs: at, untilMs: at + 60_000, openings: 2 }),
    },
    {
      name: 'never opens for longer than the ceiling',
      to: probeFailed(halfOpened({ openings: 40 }), THRESHOLDS, at, MOST),
      expected: open({ generation: 7, changedAtMs: at, untilMs: at + 300_000, openings: 41 }),
    },
    {
      name: 'opens by hand without an end',
      to: forceOpen(closed(), at),
      expected: open({ changedAtMs: at, untilMs: null, openings: 0 }),
    },
    {
      name: 'closes by hand with a clean record',
      to: reset(open({ openings: 7 }), at),
      expected: closed({ generation: 6, changedAtMs: at }),
    },
    { name: 'is not reset when closed', to: reset(closed(), at), expected: null },
  ];
  for (const { name, to, expected } of TRANSITIONS) it(name, () => assert.deepEqual(to, expected));

  it('survives JSON unchanged, as the KV bucket needs', () => {
    for (const circuit of [NEVER_TRIPPED, open({ untilMs: null }), halfOpened()]) {
      assert.deepEqual(JSON.parse(JSON.stringify(circuit)), circuit);
    }
  });
});

/** One random transition that is possible from here. */
function step(circuit: CircuitState, nowMs: number, rng: () => number): CircuitState {
  if (rng() < 0.05) return forceOpen(circuit, nowMs);
  if (rng() < 0.05) return reset(circuit, nowMs) ?? circuit;
  switch (circuit.state) {
    case 'closed':
      return trip(circuit, THRESHOLDS, nowMs, rng);
    case 'open':
      return halfOpen(circuit, nowMs) ?? circuit;
    case 'half_open':
      return rng() < 0.7
        ? probeSucceeded(circuit, THRESHOLDS, nowMs)
        : probeFailed(circuit, THRESHOLDS, nowMs, rng);
  }
}

describe('a circuit on a random walk (200 seeds)', () => {
  it('rises by one generation a move, waits within its bounds, and closes only by probes or by hand', () => {
    for (let seed = 0; seed < 200; seed++) {
      const rng = seededRandom(seed);
      let circuit: CircuitState = NEVER_TRIPPED;
      let nowMs = 1_000_000;
      for (let move = 0; move < 100; move++) {
        nowMs += Math.floor(rng() * 5_000);
        const next: CircuitState = step(circuit, nowMs, rng);
        const told: string = `seed ${seed}, move ${move}: ${JSON.stringify(circuit)} → ${JSON.stringify(next)}`;
        if (next !== circuit) {
          assert.equal(next.generation, circuit.generation + 1, told);
          assert.ok(supersedes(next, circuit) && !supersedes(circuit, next), told);
        }
        if (next.state === 'open' && next.untilMs !== null && next !== circuit) {
          const waitMs = next.untilMs - nowMs;
          assert.ok(waitMs >= 0.8 * THRESHOLDS.retryBackoffMs && waitMs <= THRESHOLDS.maxBackoffMs, told);
        }
        if (next.state === 'closed' && circuit.state === 'half_open' && next.openings > 0) {
          assert.equal(circuit.successes, THRESHOLDS.probeSuccesses - 1, told);
        }
        circuit = next;
      }
    }
  });
});

describe('states of one circuit from several replicas', () => {
  const anyState = fc.oneof(
    fc.record({ generation: fc.nat(3), changedAtMs: fc.nat(3) }).map((from) => closed(from)),
    fc
      .record({ generation: fc.nat(3), changedAtMs: fc.nat(3), untilMs: fc.option(fc.nat(3)) })
      .map((from) => open(from)),
    fc.record({ generation: fc.nat(3), changedAtMs: fc.nat(3) }).map((from) => halfOpened(from)),
  );

  it('are never each newer than the other', () => {
    fc.assert(
      fc.property(anyState, anyState, (a, b) => {
        assert.ok(!(supersedes(a, b) && supersedes(b, a)));
        assert.ok(!supersedes(a, a));
      }),
      { seed: 81 },
    );
  });

  it('settle on one, in whatever order they are heard', () => {
    const settled = (states: CircuitState[]) =>
      states.reduce((ours, theirs) => (supersedes(theirs, ours) ? theirs : ours));
    const heardTwice = fc
      .array(anyState, { minLength: 1, maxLength: 6 })
      .chain((states) =>
        fc.tuple(
          fc.constant(states),
          fc.shuffledSubarray(states, { minLength: states.length, maxLength: states.length }),
        ),
      );
    fc.assert(
      fc.property(heardTwice, ([states, shuffled]) => {
        assert.deepEqual(settled(states), settled(shuffled));
      }),
      { seed: 82 },
    );
  });
});
