import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { seededRandom } from '@signalbox/statistics';
import { ManualClock, aNode, aService } from '@signalbox/testkit';
import { EngineRig } from './engine-rig.js';

let clock: ManualClock;
let replica: EngineRig;

beforeEach(() => {
  clock = new ManualClock();
  replica = aReplica('replica-a');
});

function aReplica(replicaId: string): EngineRig {
  const nodes = [aNode({ nodeId: 'a' }), aNode({ nodeId: 'b', role: 'secondary' })];
  return new EngineRig(clock, aService({ nodes }), { replicaId });
}

const stateOf = (nodeId: string) => replica.view(nodeId).circuit.state;

/** Trips the circuit of `a` and lets its open time pass. */
function halfOpenA(): void {
  replica.reportTimes(5, 'a', 'timeout');
  clock.advance(1_000);
  replica.engine.tick();
  assert.equal(stateOf('a'), 'half_open');
}

describe('circuits by hand', () => {
  it('stay open until they are reset', () => {
    replica.engine.forceOpen('stripe', 'a', 'maintenance');
    clock.advance(3_600_000);
    replica.engine.tick();
    assert.equal(stateOf('a'), 'open');
    assert.deepEqual(replica.route().excluded, [
      { nodeId: 'a', reason: 'circuit_open', untilMs: null, circuit: 'open' },
    ]);
    replica.engine.resetCircuit('stripe', 'a', 'done');
    assert.equal(stateOf('a'), 'closed');
    assert.deepEqual(
      replica.changes.map(({ reason }) => reason),
      ['maintenance', 'done'],
    );
  });

  it('name what they do not know', () => {
    assert.throws(() => replica.engine.forceOpen('stripe', 'x', 'why'), { code: 'UNKNOWN_NODE' });
    assert.throws(() => replica.engine.forceOpen('maps', 'a', 'why'), { code: 'UNKNOWN_SERVICE' });
  });
});

describe('circuits of the fleet', () => {
  it('are taken over without telling the listener', () => {
    const other = aReplica('replica-b');
    replica.reportTimes(5, 'a', 'timeout');
    other.engine.applyCircuit('stripe', 'a', replica.view('a').circuit);
    assert.equal(other.view('a').circuit.state, 'open');
    assert.equal(other.route().nodeId, 'b');
    assert.deepEqual(other.changes, []);
  });

  it('are not overruled by an older state', () => {
    replica.reportTimes(5, 'a', 'timeout');
    const old = replica.view('a').circuit;
    clock.advance(1_000);
    replica.engine.tick();
    replica.engine.applyCircuit('stripe', 'a', old);
    assert.equal(stateOf('a'), 'half_open');
  });

  it('end a probe that another state overtakes, and keep one that stays half-open', () => {
    halfOpenA();
    const halfOpen = replica.view('a').circuit;
    replica.engine.grantProbe('stripe', 'a', 'lease', clock.nowMs() + 5_000);
    replica.engine.applyCircuit('stripe', 'a', { ...halfOpen, generation: 10 });
    assert.equal(replica.probesEnded.length, 0);
    assert.ok(replica.route().probe);
    replica.engine.applyCircuit('stripe', 'a', {
      state: 'closed',
      generation: 11,
      changedAtMs: clock.nowMs(),
      openings: 1,
    });
    assert.equal(replica.probesEnded.at(-1)?.outcome, 'expired');
    assert.ok(replica.view('a').slowStartShare < 1);
  });

  it('agree after any interleaving of two replicas’ outcomes and messages (100 seeds)', () => {
    for (let seed = 0; seed < 100; seed++) {
      clock = new ManualClock();
      const rng = seededRandom(seed);
      const pair = [aReplica('replica-a'), aReplica('replica-b')] as const;
      for (let i = 0; i < 200; i++) {
        clock.advance(Math.floor(rng() * 500));
        const here = pair[rng() < 0.5 ? 0 : 1];
        if (rng() < 0.3) here.engine.tick();
        else here.report('a', rng() < 0.5 ? 'timeout' : 'success');
        // Messages come late, or not at all.
        if (rng() < 0.3) pair[0].engine.applyCircuit('stripe', 'a', pair[1].view('a').circuit);
        if (rng() < 0.3) pair[1].engine.applyCircuit('stripe', 'a', pair[0].view('a').circuit);
      }
      pair[0].engine.applyCircuit('stripe', 'a', pair[1].view('a').circuit);
      pair[1].engine.applyCircuit('stripe', 'a', pair[0].view('a').circuit);
      assert.deepEqual(pair[0].view('a').circuit, pair[1].view('a').circuit, `seed ${seed}`);
    }
  });
});
