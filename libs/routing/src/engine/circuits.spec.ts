import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { OutcomeKind, Thresholds } from '@signalbox/contracts';
import { ManualClock, aNode, aService } from '@signalbox/testkit';
import { EngineRig } from './engine-rig.js';

const BASE = aService();
const THRESHOLDS: Thresholds = {
  ...BASE.thresholds,
  failoverErrorRatio: 0.05,
  minimumOutcomes: 10,
  consecutiveFailures: 5,
  windowMs: 30_000,
  retryBackoffMs: 1_000,
  maxBackoffMs: 300_000,
  probeSuccesses: 3,
};
const LEASE_MS = 5_000;

let clock: ManualClock;
let replica: EngineRig;

beforeEach(() => {
  clock = new ManualClock();
  replica = aReplica();
});

function aReplica(): EngineRig {
  const nodes = [
    aNode({ nodeId: 'a', costPerRequestUsd: 0.001 }),
    aNode({ nodeId: 'b', role: 'secondary', costPerRequestUsd: 0.01 }),
  ];
  // Under COST_OPTIMIZED the cheap node takes every call that it may.
  const config = aService({ nodes, thresholds: THRESHOLDS, successFloor: 0.9, strategy: 'COST_OPTIMIZED' });
  return new EngineRig(clock, config);
}

const stateOf = (nodeId: string) => replica.view(nodeId).circuit.state;

/** Trips the circuit of `a` and lets its open time pass. */
function halfOpenA(): void {
  replica.reportTimes(5, 'a', 'timeout');
  clock.advance(1_000);
  replica.engine.tick();
  assert.equal(stateOf('a'), 'half_open');
}

function grant(leaseId = 'lease-1'): void {
  replica.engine.grantProbe('stripe', 'a', leaseId, clock.nowMs() + LEASE_MS);
}

function probe(outcome: OutcomeKind): void {
  grant();
  const call = replica.route();
  assert.ok(call.probe);
  replica.report('a', outcome, { coordinationId: call.coordinationId });
}

describe('tripping', () => {
  it('opens at the fifth consecutive failure, and tells the listener once', () => {
    replica.reportTimes(4, 'a', 'connection_error');
    assert.equal(stateOf('a'), 'closed');
    replica.report('a', 'server_error');
    assert.equal(stateOf('a'), 'open');
    assert.deepEqual(
      replica.changes.map(({ nodeId, from, to, reason }) => [nodeId, from.state, to.state, reason]),
      [['a', 'closed', 'open', '5 consecutive failures']],
    );
    replica.reportTimes(5, 'a', 'timeout');
    assert.equal(replica.changes.length, 1);
  });

  it('counts a success as the end of a run', () => {
    replica.reportTimes(4, 'a', 'timeout');
    replica.report('a', 'success');
    replica.reportTimes(4, 'a', 'timeout');
    assert.equal(replica.view('a').consecutiveFailures, 4);
  });

  it('opens on the rate past 5 %, but not before ten outcomes', () => {
    replica.reportTimes(8, 'a', 'success');
    replica.report('a', 'timeout');
    assert.equal(stateOf('a'), 'closed');
    // 1 of 10 is 10 %.
    replica.report('a', 'success');
    assert.equal(stateOf('a'), 'open');
    assert.equal(replica.changes[0]?.reason, 'error rate 10.0 % over 10 outcomes passes 5.0 %');
  });

  it('does not open at exactly the threshold: 1 of 20', () => {
    replica.reportTimes(19, 'a', 'success');
    replica.report('a', 'timeout');
    assert.equal(stateOf('a'), 'closed');
  });

  it('counts 429 toward the rate and not toward the run', () => {
    for (let i = 0; i < 9; i++) replica.report('a', 'rate_limited');
    assert.equal(replica.view('a').consecutiveFailures, 0);
    assert.equal(stateOf('a'), 'closed');
    replica.report('a', 'rate_limited');
    assert.equal(stateOf('a'), 'open');
  });

  it('never counts a caller’s own error', () => {
    replica.reportTimes(100, 'a', 'client_error');
    assert.equal(stateOf('a'), 'closed');
    assert.equal(replica.view('a').failureRatio, null);
  });

  it('sends a dead node no more calls than the trip count', () => {
    let atA = 0;
    for (let i = 0; i < 500; i++) {
      if (replica.call((nodeId) => (nodeId === 'a' ? 'connection_error' : 'success')) === 'a') atA++;
    }
    assert.ok(atA >= 1 && atA <= 5, `${atA}`);
  });
});

describe('probing', () => {
  it('begins when the open time is over, and asks for the fleet’s lease', () => {
    replica.reportTimes(5, 'a', 'timeout');
    replica.route();
    clock.advance(700);
    replica.engine.tick();
    assert.deepEqual(replica.engine.probesWanted(), []);
    clock.advance(300);
    replica.engine.tick();
    assert.deepEqual(replica.engine.probesWanted(), [{ serviceName: 'stripe', nodeId: 'a' }]);
  });

  it('sends nothing to the node without the lease, and exactly one call with it', () => {
    halfOpenA();
    for (let i = 0; i < 20; i++) assert.equal(replica.route().nodeId, 'b');
    grant();
    assert.deepEqual(replica.engine.probesWanted(), []);
    const call = replica.route();
    assert.deepEqual([call.nodeId, call.probe, call.lastResort], ['a', true, null]);
    assert.deepEqual(
      call.alternatives.map(({ node }) => node.nodeId),
      ['b'],
    );
    for (let i = 0; i < 20; i++) assert.equal(replica.route().nodeId, 'b');
  });

  it('spares critical calls for a second, then takes any', () => {
    halfOpenA();
    grant();
    assert.equal(replica.route({ priority: 'CRITICAL' }).nodeId, 'b');
    clock.advance(1_000);
    assert.equal(replica.route({ priority: 'CRITICAL' }).nodeId, 'a');
  });

  it('closes after three good probes', () => {
    halfOpenA();
    for (const successes of [1, 2]) {
      probe('success');
      const { circuit } = replica.view('a');
      assert.ok(circuit.state === 'half_open' && circuit.successes === successes);
    }
    probe('success');
    assert.equal(stateOf('a'), 'closed');
    assert.deepEqual(
      replica.probesEnded.map(({ outcome }) => outcome),
      ['success', 'success', 'success'],
    );
    assert.equal(replica.changes.at(-1)?.reason, 'probe 3 of 3 succeeded');
  });

  it('re-opens when one probe fails, for about twice as long', () => {
    halfOpenA();
    probe('success');
    probe('timeout');
    const { circuit } = replica.view('a');
    assert.ok(circuit.state === 'open' && circuit.untilMs !== null);
    const waitMs = circuit.untilMs - clock.nowMs();
    assert.ok(waitMs >= 1_600 && waitMs <= 2_000, `${waitMs}`);
    assert.equal(replica.probesEnded.at(-1)?.outcome, 'failure');
  });

  it('waits for another call when the probe was the caller’s own error', () => {
    halfOpenA();
    probe('client_error');
    assert.deepEqual(replica.probesEnded, []);
    assert.ok(replica.route().probe);
  });

  it('gives the lease back when the probe is not reported in time; a late report is no verdict', () => {
    halfOpenA();
    grant();
    const { coordinationId } = replica.route();
    clock.advance(LEASE_MS);
    replica.engine.tick();
    assert.deepEqual(replica.probesEnded, [{ nodeId: 'a', leaseId: 'lease-1', outcome: 'expired' }]);
    replica.report('a', 'timeout', { coordinationId });
    assert.equal(stateOf('a'), 'half_open');
  });

  it('gives a lease back at once when there is nothing to probe', () => {
    grant();
    assert.deepEqual(replica.probesEnded, [{ nodeId: 'a', leaseId: 'lease-1', outcome: 'expired' }]);
  });

  it('does not count calls from before the circuit opened', () => {
    const before = replica.route();
    assert.equal(before.nodeId, 'a');
    halfOpenA();
    replica.report('a', 'success', { coordinationId: before.coordinationId });
    const { circuit } = replica.view('a');
    assert.ok(circuit.state === 'half_open' && circuit.successes === 0);
  });

  it('leaves the lease to others when this replica decides nothing', () => {
    replica.route();
    clock.advance(60_000);
    halfOpenA();
    assert.deepEqual(replica.engine.probesWanted(), []);
    // Nobody else took it for a minute either.
    clock.advance(60_000);
    assert.equal(replica.engine.probesWanted().length, 1);
  });
});

describe('after closing', () => {
  function recover(): void {
    halfOpenA();
    for (let i = 0; i < 3; i++) probe('success');
  }

  it('is not tripped again by the failures that opened it', () => {
    replica.reportTimes(200, 'a', 'timeout');
    recover();
    replica.report('a', 'timeout');
    assert.equal(stateOf('a'), 'closed');
    assert.equal(replica.view('a').consecutiveFailures, 1);
  });

  it('is not tripped by calls from before it closed that time out only now', () => {
    const hanging = Array.from({ length: 10 }, () => replica.route().coordinationId);
    const decidedSecond = Math.floor(clock.nowMs() / 1_000);
    clock.advance(1_000);
    recover();
    for (const coordinationId of hanging) replica.report('a', 'timeout', { coordinationId });
    // Those of other replicas say in their name when they were decided.
    for (let i = 0; i < 10; i++) {
      replica.report('a', 'timeout', { coordinationId: `enhanced_coordination_${decidedSecond}_abcdef${i}` });
    }
    assert.equal(stateOf('a'), 'closed');
    assert.equal(replica.view('a').failureRatio, null);
    assert.equal(
      replica.engine.inFlight().some(({ coordinationId }) => hanging.includes(coordinationId)),
      false,
    );
  });

  it('returns by slow start: a tenth of its calls, half after half a window, all after one', () => {
    recover();
    const shareOfA = () => {
      let atA = 0;
      for (let i = 0; i < 1_000; i++) if (replica.call(() => 'success') === 'a') atA++;
      return atA / 1_000;
    };
    const first = shareOfA();
    assert.ok(first > 0.05 && first < 0.15, `${first}`);
    clock.advance(15_000);
    // 0.1 + 0.9 · 0.5
    const half = shareOfA();
    assert.ok(half > 0.45 && half < 0.65, `${half}`);
    clock.advance(15_000);
    assert.equal(replica.view('a').slowStartShare, 1);
  });

  it('goes on doubling when it trips again within a window', () => {
    recover();
    clock.advance(10_000);
    replica.reportTimes(5, 'a', 'timeout');
    const { circuit } = replica.view('a');
    assert.ok(circuit.state === 'open' && circuit.untilMs !== null);
    const waitMs = circuit.untilMs - clock.nowMs();
    assert.ok(waitMs >= 1_600 && waitMs <= 2_000, `${waitMs}`);
  });
});
