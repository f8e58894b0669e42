import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SignalboxError, toMicroUsd } from '@signalbox/contracts';
import { seededRandom } from '@signalbox/statistics';
import { leaseAllowance, returnAllowance } from './allowance-escrow.js';
import {
  cancelOverride,
  expireOverride,
  leasedMicroUsdOf,
  openOverride,
  reportSpend,
  spentMicroUsdOf,
  type OverrideOrder,
  type OverrideState,
} from './emergency-override.js';

const MINUTE = 60_000;

function anOrder(overrides: Partial<OverrideOrder> = {}): OverrideOrder {
  return {
    overrideId: 'emergency_1692140200_g7h8i9',
    serviceName: 'stripe',
    amountMicroUsd: toMicroUsd(100),
    leastCallMicroUsd: toMicroUsd(0.029),
    durationMinutes: 30,
    ...overrides,
  };
}

/** An override of which one replica has leased and spent so much, dollars. */
function spentBy(usd: number): OverrideState {
  let state = openOverride(anOrder(), 0);
  while (leasedMicroUsdOf(state) < toMicroUsd(usd)) {
    state = leaseAllowance(state, 'a', toMicroUsd(usd) - leasedMicroUsdOf(state), 0).state;
  }
  return reportSpend(state, 'a', toMicroUsd(usd), 0);
}

describe('openOverride', () => {
  const refused: [string, Partial<OverrideOrder>][] = [
    ['an amount past the cap', { amountMicroUsd: toMicroUsd(5_000.000001) }],
    ['an amount of nothing', { amountMicroUsd: 0 }],
    ['no time', { durationMinutes: 0 }],
    ['more than 240 minutes', { durationMinutes: 241 }],
    ['a part of a minute', { durationMinutes: 1.5 }],
  ];
  for (const [name, order] of refused) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => openOverride(anOrder(order), 0),
        (error) => error instanceof SignalboxError && error.code === 'VALIDATION_FAILED',
      );
    });
  }

  it('allows the cap itself, and a configured one', () => {
    assert.equal(openOverride(anOrder({ amountMicroUsd: toMicroUsd(5_000) }), 0).phase.kind, 'active');
    assert.throws(() => openOverride(anOrder(), 0, toMicroUsd(99)), /at most \$99/);
  });
});

describe('the end of an override', () => {
  type Step = (state: OverrideState) => OverrideState;
  const at =
    (minutes: number): Step =>
    (state) =>
      expireOverride(state, minutes * MINUTE);
  const cancel =
    (minutes: number): Step =>
    (state) =>
      cancelOverride(state, minutes * MINUTE);
  const spendAll: Step = () => spentBy(100);

  const cases: [string, Step[], string, number | null][] = [
    ['is not yet a moment before its time', [at(29.99)], 'active', null],
    ['comes by time', [at(30)], 'expired', 30],
    ['is dated to its time when seen late', [at(45)], 'expired', 30],
    ['comes by cancelling', [cancel(3)], 'cancelled', 3],
    ['is by time when it is cancelled after it', [cancel(31)], 'expired', 30],
    ['comes by spending', [spendAll], 'spent', 0],
    ['stays as it was: cancelled', [cancel(3), at(31)], 'cancelled', 3],
    ['stays as it was: spent', [spendAll, cancel(1), at(31)], 'spent', 0],
    ['stays as it was: expired', [at(30), cancel(31)], 'expired', 30],
  ];
  for (const [name, steps, expected, minutes] of cases) {
    it(name, () => {
      const { phase } = steps.reduce((state, step) => step(state), openOverride(anOrder(), 0));
      assert.equal(phase.kind === 'ended' ? phase.reason : phase.kind, expected);
      assert.equal(phase.kind === 'ended' ? phase.endedAtMs / MINUTE : null, minutes);
    });
  }

  it('comes by spending as soon as what is left buys no call', () => {
    // $100 − $99.98 = $0.02, a call costs $0.029; at $99.97 there is $0.03.
    assert.equal(spentBy(99.97).phase.kind, 'active');
    assert.deepEqual(spentBy(99.98).phase, { kind: 'ended', reason: 'spent', endedAtMs: 0 });
  });
});

describe('the escrow of an override', () => {
  it('gives an eighth of what is left, and never less than the next call needs', () => {
    const first = leaseAllowance(openOverride(anOrder(), 0), 'a', toMicroUsd(0.15), 0);
    assert.equal(first.chunkMicroUsd, 12_500_000);
    // ($100 − $12.50) ÷ 8 = $10.9375
    assert.equal(leaseAllowance(first.state, 'b', toMicroUsd(0.15), 0).chunkMicroUsd, 10_937_500);
    assert.equal(leaseAllowance(first.state, 'b', toMicroUsd(50), 0).chunkMicroUsd, 50_000_000);
    assert.equal(leaseAllowance(first.state, 'b', toMicroUsd(90), 0).chunkMicroUsd, 0);
  });

  it('gives nothing once the override has ended', () => {
    assert.equal(leaseAllowance(openOverride(anOrder(), 0), 'a', 1, 30 * MINUTE).chunkMicroUsd, 0);
  });

  it('takes a report twice, late or out of order as one', () => {
    let { state } = leaseAllowance(openOverride(anOrder(), 0), 'a', 1, 0);
    for (const usd of [2, 5, 5, 3]) state = reportSpend(state, 'a', toMicroUsd(usd), 1);
    assert.equal(spentMicroUsdOf(state), toMicroUsd(5));
    state = reportSpend(cancelOverride(state, 2), 'a', toMicroUsd(6), 3);
    assert.equal(spentMicroUsdOf(state), toMicroUsd(6));
    assert.deepEqual(state.phase, { kind: 'ended', reason: 'cancelled', endedAtMs: 2 });
  });

  it('refuses a report of more than was leased', () => {
    assert.throws(() => reportSpend(openOverride(anOrder(), 0), 'a', 1, 0), RangeError);
  });

  it('never lets replicas hold or spend more than the amount (1,000 seeded interleavings)', () => {
    for (let seed = 0; seed < 1_000; seed++) walkEscrow(seed);
  });
});

/** Replicas lease, draw, report, give back, die and come anew, in an order drawn from the seed. */
function walkEscrow(seed: number): void {
  const rng = seededRandom(seed);
  const callMicroUsd = 1 + Math.floor(rng() * 200_000);
  const amountMicroUsd = 1 + Math.floor(rng() * 3_000_000);
  let state = openOverride(anOrder({ amountMicroUsd, leastCallMicroUsd: callMicroUsd }), 0);
  let drawnByAll = 0;
  let born = 0;
  const newReplica = () => ({ id: `replica_${born++}`, allowance: 0, drawn: 0 });
  const replicas = [newReplica(), newReplica(), newReplica()];
  for (let turn = 0; turn < 120; turn++) {
    const nowMs = turn * 1_000;
    const place = Math.floor(rng() * replicas.length);
    const replica = replicas[place]!;
    const what = rng();
    if (what < 0.3) {
      const lease = leaseAllowance(state, replica.id, callMicroUsd, nowMs);
      state = lease.state;
      replica.allowance += lease.chunkMicroUsd;
    } else if (what < 0.75) {
      if (replica.allowance < callMicroUsd) continue;
      replica.allowance -= callMicroUsd;
      replica.drawn += callMicroUsd;
      drawnByAll += callMicroUsd;
    } else if (what < 0.9) {
      state = reportSpend(state, replica.id, replica.drawn, nowMs);
    } else if (what < 0.96) {
      state = returnAllowance(state, replica.id, replica.drawn, nowMs);
      replica.allowance = 0;
    } else {
      replicas[place] = newReplica();
    }
    assert.ok(drawnByAll <= amountMicroUsd, `seed ${seed}: drew ${drawnByAll} of ${amountMicroUsd}`);
    assert.ok(leasedMicroUsdOf(state) <= amountMicroUsd, `seed ${seed}: leased too much`);
    assert.ok(spentMicroUsdOf(state) <= leasedMicroUsdOf(state), `seed ${seed}: spent more than leased`);
  }
}
