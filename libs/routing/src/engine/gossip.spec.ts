import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { OutcomeKind } from '@signalbox/contracts';
import { nodeStatsDelta } from '@signalbox/contracts';
import { seededRandom } from '@signalbox/statistics';
import { ManualClock, aNode, aService } from '@signalbox/testkit';
import { EngineRig } from './engine-rig.js';

let clock: ManualClock;
let here: EngineRig;
let there: EngineRig;

beforeEach(() => {
  clock = new ManualClock();
  const config = aService({ nodes: [aNode({ nodeId: 'a' }), aNode({ nodeId: 'b', role: 'secondary' })] });
  config.thresholds = { ...config.thresholds, failoverErrorRatio: 0.9 };
  here = new EngineRig(clock, config, { replicaId: 'here' });
  there = new EngineRig(clock, config, { replicaId: 'there' });
});

function exchange(from: EngineRig, to: EngineRig): void {
  const delta = from.takeDelta();
  if (delta !== null) to.engine.applyDelta(delta);
}

describe('gossip', () => {
  it('is a valid message, and silent when nothing is new', () => {
    assert.equal(here.takeDelta(), null);
    here.report('a', 'success');
    here.route();
    const delta = here.takeDelta();
    assert.deepEqual(nodeStatsDelta.errors(delta), []);
    clock.advance(100);
    assert.equal(here.takeDelta(), null);
  });

  it('brings two replicas to the same counts, whoever heard what (20 seeds)', () => {
    const kinds: OutcomeKind[] = [
      'success',
      'success',
      'success',
      'timeout',
      'server_error',
      'rate_limited',
      'client_error',
    ];
    for (let seed = 0; seed < 20; seed++) {
      const rng = seededRandom(seed);
      const rigs = [
        new EngineRig(clock, here.config, { replicaId: 'r0' }),
        new EngineRig(clock, here.config, { replicaId: 'r1' }),
      ] as const;
      for (let i = 0; i < 300; i++) {
        clock.advance(Math.floor(rng() * 20));
        const kind = kinds[Math.floor(rng() * kinds.length)]!;
        rigs[rng() < 0.5 ? 0 : 1].report(rng() < 0.7 ? 'a' : 'b', kind, { latencyMs: 50 + rng() * 300 });
        if (i % 10 === 0) {
          exchange(rigs[0], rigs[1]);
          exchange(rigs[1], rigs[0]);
        }
      }
      exchange(rigs[0], rigs[1]);
      exchange(rigs[1], rigs[0]);
      for (const nodeId of ['a', 'b']) {
        const [first, second] = rigs.map((rig) => rig.view(nodeId));
        assert.deepEqual(first!.outcomes, second!.outcomes, `seed ${seed}`);
        assert.equal(first!.latencyMsP50, second!.latencyMsP50, `seed ${seed}`);
        assert.ok(Math.abs(first!.successProbability - second!.successProbability) < 0.01, `seed ${seed}`);
        assert.ok(Math.abs(first!.latencyMs / second!.latencyMs - 1) < 0.1, `seed ${seed}`);
      }
    }
  });

  it('ignores its own messages and repeated ones', () => {
    here.reportTimes(2, 'a', 'success');
    const delta = here.takeDelta()!;
    for (const rig of [here, there, there]) rig.engine.applyDelta(delta);
    assert.equal(here.view('a').outcomes.success, 2);
    assert.equal(there.view('a').outcomes.success, 2);
  });

  it('hears a replica that restarted and counts from 1 again', () => {
    for (let i = 0; i < 5; i++) {
      here.report('a', 'success');
      exchange(here, there);
    }
    clock.advance(1_000);
    const restarted = new EngineRig(clock, here.config, { replicaId: 'here' });
    restarted.report('a', 'success');
    exchange(restarted, there);
    assert.equal(there.view('a').outcomes.success, 6);
  });

  it('survives a sketch that is none, and a node that it does not have', () => {
    here.report('a', 'success');
    const delta = here.takeDelta()!;
    const [node] = delta.nodes;
    delta.nodes = [
      { ...node!, latencySketch: 'bm90IGEgc2tldGNo' },
      { ...node!, nodeId: 'elsewhere' },
    ];
    there.engine.applyDelta(delta);
    assert.equal(there.view('a').outcomes.success, 1);
    assert.equal(there.view('a').latencyMsP50, null);
  });
});

describe('runs of failures across replicas', () => {
  it('continue: three here and two there open the circuit', () => {
    here.reportTimes(3, 'a', 'timeout');
    exchange(here, there);
    there.reportTimes(2, 'a', 'timeout');
    assert.equal(there.view('a').circuit.state, 'open');
    exchange(there, here);
    assert.equal(here.view('a').circuit.state, 'open');
  });

  it('start over after a success of either', () => {
    here.reportTimes(4, 'a', 'timeout');
    exchange(here, there);
    there.report('a', 'success');
    there.report('a', 'timeout');
    exchange(there, here);
    assert.equal(here.view('a').consecutiveFailures, 1);
  });

  it('end with a circuit that closed before the others could be told of them', () => {
    here.reportTimes(30, 'a', 'timeout');
    clock.advance(1_000);
    here.engine.tick();
    for (let probe = 1; probe <= 3; probe++) {
      here.engine.grantProbe('stripe', 'a', `lease-${probe}`, clock.nowMs() + 5_000);
      here.report('a', 'success', { coordinationId: here.route().coordinationId });
    }
    const { circuit } = here.view('a');
    assert.equal(circuit.state, 'closed');
    // The bucket is the first to be heard after an outage.
    there.engine.applyCircuit('stripe', 'a', circuit);
    exchange(here, there);
    assert.deepEqual(there.view('a').circuit, circuit);
    assert.equal(there.view('a').outcomes.timeout, 0);
  });

  it('are neither continued nor ended by a 429', () => {
    here.reportTimes(4, 'a', 'timeout');
    there.report('a', 'rate_limited');
    exchange(there, here);
    assert.equal(here.view('a').consecutiveFailures, 4);
  });
});

describe('what else replicas tell each other', () => {
  it('a rate limit', () => {
    here.report('a', 'rate_limited', { retryAfterSeconds: 30 });
    exchange(here, there);
    assert.equal(there.view('a').rateLimitedUntilMs, clock.nowMs() + 30_000);
  });

  it('a peak of latency, at once', () => {
    here.report('a', 'success', { latencyMs: 9_000 });
    here.report('a', 'success', { latencyMs: 100 });
    exchange(here, there);
    assert.equal(there.view('a').features.latencyToTarget, here.view('a').features.latencyToTarget);
  });

  it('a failed health check, since one replica checks for all', () => {
    here.engine.recordHealthCheck('stripe', 'a', false);
    exchange(here, there);
    assert.equal(there.view('a').pressure, 0.1);
  });

  it('calls in flight, as gauges that expire with a silent replica', () => {
    for (let i = 0; i < 3; i++) here.route();
    exchange(here, there);
    assert.equal(there.engine.view('stripe').inFlight, 3);
    // Refreshed while the calls last, though nothing else happens.
    for (let i = 0; i < 10; i++) {
      clock.advance(500);
      exchange(here, there);
      there.engine.tick();
    }
    assert.equal(there.engine.view('stripe').inFlight, 3);
    clock.advance(2_001);
    there.engine.tick();
    assert.equal(there.engine.view('stripe').inFlight, 0);
  });

  it('all that an outage gathers, in a message that NATS takes', () => {
    const nodes = Array.from({ length: 64 }, (_, index) =>
      aNode({ nodeId: `node_${index}`, role: 'secondary' }),
    );
    const rig = new EngineRig(clock, aService({ nodes }));
    const rng = seededRandom(7);
    for (const { nodeId } of nodes)
      rig.engine.forceOpen('stripe', nodeId, 'any of these may have been its probe');
    for (let call = 0; call < 64_000; call++) {
      // Ids as long as they may be, and latencies that fill every bucket of the sketches: 1 ms to 5 min.
      const coordinationId = `${'x'.repeat(80)}_${String(call).padStart(15, '0')}`;
      rig.report(`node_${call % 64}`, 'success', { coordinationId, latencyMs: 300_000 ** rng() });
    }
    const delta = rig.takeDelta();
    assert.deepEqual(nodeStatsDelta.errors(delta), []);
    assert.ok(JSON.stringify(delta).length < 1024 ** 2 - 1_024);
  });

  it('outcomes of each other’s calls, so that nothing stays in flight', () => {
    const { coordinationId, nodeId } = here.route();
    there.report(nodeId, 'success', { coordinationId });
    exchange(there, here);
    assert.deepEqual(here.engine.inFlight(), []);
    assert.deepEqual([here.view(nodeId).inFlight, here.view(nodeId).outcomes.success], [0, 1]);
    assert.equal(here.report(nodeId, 'success', { coordinationId }), 'duplicate');
  });

  it('the outcome of a probe that another replica heard', () => {
    for (const rig of [here, there]) {
      rig.reportTimes(5, 'a', 'timeout');
      rig.takeDelta();
    }
    clock.advance(1_000);
    for (const rig of [here, there]) rig.engine.tick();
    here.engine.grantProbe('stripe', 'a', 'lease', clock.nowMs() + 5_000);
    const { coordinationId, probe } = here.route();
    assert.ok(probe);
    there.report('a', 'success', { coordinationId });
    exchange(there, here);
    assert.deepEqual(here.probesEnded, [{ nodeId: 'a', leaseId: 'lease', outcome: 'success' }]);
    const { circuit } = here.view('a');
    assert.ok(circuit.state === 'half_open' && circuit.successes === 1);
  });
});
