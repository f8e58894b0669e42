import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ManualClock, aNode, aService } from '@signalbox/testkit';
import fc from 'fast-check';
import { EngineRig } from './engine-rig.js';

let clock: ManualClock;
let replica: EngineRig;

beforeEach(() => {
  clock = new ManualClock();
  // Under COST_OPTIMIZED the cheap node takes every call.
  const nodes = [aNode({ nodeId: 'a', costPerRequestUsd: 0.001 }), aNode({ nodeId: 'b', role: 'secondary' })];
  const config = aService({ nodes, strategy: 'COST_OPTIMIZED' });
  replica = new EngineRig(clock, {
    ...config,
    thresholds: { ...config.thresholds, inFlightLeaseMs: 60_000 },
  });
});

describe('calls in flight', () => {
  it('end by their report, once', () => {
    const { coordinationId, nodeId } = replica.route();
    assert.equal(replica.view(nodeId).inFlight, 1);
    assert.equal(replica.report(nodeId, 'success', { coordinationId }), 'applied');
    assert.equal(replica.report(nodeId, 'timeout', { coordinationId }), 'duplicate');
    const { inFlight, outcomes } = replica.view(nodeId);
    assert.deepEqual([inFlight, outcomes.success, outcomes.timeout], [0, 1, 0]);
  });

  it('know a second report of another replica’s call', () => {
    assert.equal(replica.report('a', 'success', { coordinationId: 'elsewhere' }), 'applied');
    assert.equal(replica.report('a', 'success', { coordinationId: 'elsewhere' }), 'duplicate');
  });

  it('end with their lease when nothing is reported', () => {
    const { nodeId, leaseExpiresAtMs } = replica.route();
    assert.equal(leaseExpiresAtMs, clock.nowMs() + 60_000);
    clock.advance(59_999);
    replica.engine.tick();
    assert.equal(replica.view(nodeId).inFlight, 1);
    clock.advance(1);
    replica.engine.tick();
    assert.equal(replica.view(nodeId).inFlight, 0);
    assert.deepEqual(replica.engine.inFlight(), []);
  });

  it('are listed oldest first, without what was reported', () => {
    const calls = [1, 2, 3].map(() => {
      clock.advance(10);
      return replica.route({ priority: 'HIGH' });
    });
    replica.report('a', 'success', { coordinationId: calls[1]!.coordinationId });
    assert.deepEqual(
      replica.engine
        .inFlight('stripe')
        .map(({ coordinationId, priority, probe }) => [coordinationId, priority, probe]),
      [
        [calls[0]!.coordinationId, 'HIGH', false],
        [calls[2]!.coordinationId, 'HIGH', false],
      ],
    );
  });

  it('leave the node they went to, also when another one is reported', () => {
    const { coordinationId, nodeId } = replica.route();
    assert.equal(nodeId, 'a');
    replica.report('b', 'success', { coordinationId });
    assert.deepEqual([replica.view('a').inFlight, replica.view('b').inFlight], [0, 0]);
    assert.equal(replica.view('b').outcomes.success, 1);
  });

  it('are bounded: past 100,000 unreported calls the oldest stop counting', () => {
    for (let i = 0; i < 120_000; i++) replica.engine.decide(replica.request());
    const listed = replica.engine.inFlight().length;
    assert.ok(listed <= 100_000 && listed >= 50_000, `${listed}`);
    assert.equal(replica.engine.view('stripe').inFlight, listed);
  });

  it('are never negative and always as many as are listed, whatever happens', () => {
    const step = fc.oneof(
      fc.constant({ kind: 'decide' as const }),
      fc.record({
        kind: fc.constant('report' as const),
        call: fc.nat(30),
        nodeId: fc.constantFrom('a', 'b', 'x'),
      }),
      fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 20_000, 60_000) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const rig = new EngineRig(clock, replica.config);
        const ids: string[] = [];
        for (const next of steps) {
          if (next.kind === 'decide') ids.push(rig.route().coordinationId);
          else if (next.kind === 'pass') clock.advance(next.ms);
          else rig.report(next.nodeId, 'success', { coordinationId: ids[next.call] ?? `other-${next.call}` });
          rig.engine.tick();
          for (const nodeId of ['a', 'b']) assert.ok(rig.view(nodeId).inFlight >= 0);
          assert.equal(rig.engine.view('stripe').inFlight, rig.engine.inFlight().length);
        }
      }),
      { seed: 76 },
    );
  });
});
