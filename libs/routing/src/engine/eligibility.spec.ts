import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { NodeConfig, ServiceConfig } from '@signalbox/contracts';
import { ManualClock, aNode, aService } from '@signalbox/testkit';
import { EngineRig } from './engine-rig.js';

const a = (overrides: Partial<NodeConfig> = {}) => aNode({ nodeId: 'a', ...overrides });
const b = (overrides: Partial<NodeConfig> = {}) => aNode({ nodeId: 'b', role: 'secondary', ...overrides });
const emergency = (overrides: Partial<NodeConfig> = {}) =>
  aNode({ nodeId: 'e', role: 'emergency', weightPercent: 0, costPerRequestUsd: 0.15, ...overrides });

let clock: ManualClock;
const rig = (nodes: NodeConfig[], overrides: Partial<ServiceConfig> = {}) =>
  new EngineRig(clock, aService({ nodes, ...overrides }));

beforeEach(() => {
  clock = new ManualClock();
});

describe('eligibility', () => {
  it('excludes a drained node', () => {
    const { excluded, nodeId } = rig([a({ drained: true }), b()]).route();
    assert.equal(nodeId, 'b');
    assert.deepEqual(excluded, [{ nodeId: 'a', reason: 'drained', untilMs: null, circuit: 'closed' }]);
  });

  it('excludes a node whose credentials are revoked, at once and until they are back', () => {
    const replica = rig([a(), b()]);
    replica.engine.setRevoked(new Set(['a']));
    assert.equal(replica.route().excluded[0]?.reason, 'credentials_revoked');
    replica.engine.configure(replica.config);
    assert.equal(replica.route().nodeId, 'b');
    replica.engine.setRevoked(new Set());
    assert.deepEqual(replica.route().excluded, []);
  });

  it('excludes an open circuit and says until when', () => {
    const replica = rig([a(), b()]);
    replica.reportTimes(5, 'a', 'timeout');
    const { circuit } = replica.view('a');
    assert.ok(circuit.state === 'open' && circuit.untilMs !== null);
    assert.deepEqual(replica.route().excluded, [
      { nodeId: 'a', reason: 'circuit_open', untilMs: circuit.untilMs, circuit: 'open' },
    ]);
  });

  it('excludes a rate-limited node until its Retry-After has passed', () => {
    const replica = rig([a(), b()]);
    replica.report('a', 'rate_limited', { retryAfterSeconds: 7 });
    const untilMs = clock.nowMs() + 7_000;
    assert.deepEqual(replica.route().excluded, [
      { nodeId: 'a', reason: 'rate_limited', untilMs, circuit: 'closed' },
    ]);
    clock.advance(6_999);
    assert.equal(replica.route().excluded.length, 1);
    clock.advance(1);
    assert.equal(replica.route().excluded.length, 0);
  });

  it('excludes a node that costs more than the call may, and one that the budget does not cover', () => {
    const replica = rig([a({ costPerRequestUsd: 0.03 }), b({ costPerRequestUsd: 0.02 })]);
    assert.equal(replica.route({ costLimitMicroUsd: 29_999 }).excluded[0]?.reason, 'over_cost_limit');
    assert.equal(replica.route({ remainingBudgetMicroUsd: 29_999 }).excluded[0]?.reason, 'over_budget');
    assert.equal(replica.route({ remainingBudgetMicroUsd: 30_000 }).excluded.length, 0);
  });

  it('excludes a node at its most concurrent calls, and takes it back when one ends', () => {
    const replica = rig([a({ maxConcurrent: 2 }), b()], { strategy: 'COST_OPTIMIZED' });
    const taken = [replica.route(), replica.route(), replica.route(), replica.route()];
    const atA = taken.filter(({ nodeId }) => nodeId === 'a');
    assert.ok(atA.length <= 2);
    while (replica.view('a').inFlight < 2) replica.route();
    const { excluded, nodeId } = replica.route();
    assert.deepEqual([nodeId, excluded[0]?.reason], ['b', 'at_capacity']);
    const held = replica.engine.inFlight().find((ticket) => ticket.nodeId === 'a')!;
    replica.report('a', 'success', { coordinationId: held.coordinationId });
    assert.deepEqual(replica.route().excluded, []);
  });

  it('sends a node at most its requests per second, after a second’s worth at once', () => {
    const replica = rig([a({ maxRequestsPerSecond: 5, costPerRequestUsd: 0.001 }), b()], {
      strategy: 'COST_OPTIMIZED',
    });
    let taken = 0;
    for (let ms = 0; ms < 10_000; ms += 10) {
      if (replica.route().nodeId === 'a') taken++;
      clock.advance(10);
    }
    // 5 at once, then 5 a second for 10 s.
    assert.ok(taken >= 50 && taken <= 55, `${taken}`);
  });

  it('offers emergency nodes only under an override', () => {
    const replica = rig([a(), emergency()]);
    assert.equal(replica.route().excluded[0]?.reason, 'emergency_only');
    replica.engine.setOverride('stripe', {
      overrideId: 'o',
      allowanceMicroUsd: 1_000_000,
      expiresAtMs: clock.nowMs() + 60_000,
    });
    assert.deepEqual(replica.route().excluded, []);
    clock.advance(60_000);
    assert.equal(replica.route().excluded[0]?.reason, 'emergency_only');
  });
});

describe('the floor', () => {
  it('keeps out a node that the catalog itself puts below it, until it has proved better', () => {
    const here = b({ nodeId: 'here', priorSuccessPercent: 98.8 });
    const replica = rig([a(), here], { successFloor: 0.99 });
    assert.deepEqual(replica.route().excluded, [
      { nodeId: 'here', reason: 'below_floor', untilMs: null, circuit: 'closed' },
    ]);
    // The prior is worth 50 outcomes: (49.4 + 50) / 100 = 0.994.
    replica.reportTimes(50, 'here', 'success');
    assert.deepEqual(replica.route().excluded, []);
  });

  it('does not condemn a node for one early failure', () => {
    const replica = rig([a(), b()], { successFloor: 0.99 });
    replica.reportTimes(4, 'a', 'success');
    replica.report('a', 'timeout');
    assert.deepEqual(replica.route().excluded, []);
  });

  it('keeps out a node once its failures are beyond chance', () => {
    // 10 % of 100 outcomes; the rate cannot open the circuit.
    const config = aService({ nodes: [a(), b()], successFloor: 0.99 });
    config.thresholds.failoverErrorRatio = 0.5;
    const replica = new EngineRig(clock, config);
    for (let i = 0; i < 100; i++) replica.report('a', i % 10 === 0 ? 'server_error' : 'success');
    assert.equal(replica.route().excluded[0]?.reason, 'below_floor');
  });

  it('is ignored when it would leave none', () => {
    const replica = rig([a({ priorSuccessPercent: 98 }), b({ priorSuccessPercent: 97 })], {
      successFloor: 0.99,
    });
    const { excluded, lastResort, nodeId } = replica.route();
    assert.deepEqual([excluded, lastResort, nodeId], [[], null, 'a']);
  });
});

describe('when no node is eligible', () => {
  it('refuses a service of drained and revoked nodes', () => {
    const replica = rig([a({ drained: true }), b()]);
    replica.engine.setRevoked(new Set(['b']));
    assert.equal(replica.refuse().code, 'NO_ELIGIBLE_NODE');
  });

  it('refuses with BUDGET_EXHAUSTED when money alone is in the way', () => {
    const replica = rig([a(), b(), emergency()]);
    assert.equal(replica.refuse({ remainingBudgetMicroUsd: 0 }).code, 'BUDGET_EXHAUSTED');
    assert.equal(replica.refuse({ costLimitMicroUsd: 1 }).code, 'BUDGET_EXHAUSTED');
  });

  it('does not refuse for a circuit: the affordable node is taken though its circuit is open', () => {
    const replica = rig([a({ costPerRequestUsd: 0.05 }), b({ costPerRequestUsd: 0.01 })]);
    replica.reportTimes(5, 'b', 'timeout');
    const { nodeId, lastResort } = replica.route({ costLimitMicroUsd: 20_000 });
    assert.deepEqual([nodeId, lastResort], ['b', 'soonest_to_recover']);
  });

  it('least_loaded: prefers a well node at its capacity, the one with fewer calls', () => {
    const replica = rig([a({ maxConcurrent: 1 }), b({ maxConcurrent: 2 }), aNode({ nodeId: 'c' })]);
    replica.reportTimes(5, 'c', 'timeout');
    for (let i = 0; i < 3; i++) assert.equal(replica.route().lastResort, null);
    const { nodeId, lastResort, excluded, alternatives } = replica.route();
    assert.deepEqual([nodeId, lastResort], ['a', 'least_loaded']);
    assert.deepEqual(excluded.map(({ reason }) => reason).sort(), [
      'at_capacity',
      'at_capacity',
      'circuit_open',
    ]);
    assert.deepEqual(
      alternatives.map(({ node }) => node.nodeId),
      ['b', 'c'],
    );
  });

  it('soonest_to_recover: takes the node whose wait ends first', () => {
    const replica = rig([a(), b()]);
    replica.report('a', 'rate_limited', { retryAfterSeconds: 30 });
    replica.report('b', 'rate_limited', { retryAfterSeconds: 20 });
    const { nodeId, lastResort } = replica.route();
    assert.deepEqual([nodeId, lastResort], ['b', 'soonest_to_recover']);
  });

  it('least_bad_success: takes a circuit opened by hand when nothing else is left', () => {
    const replica = rig([a(), b({ priorSuccessPercent: 90 })]);
    replica.engine.forceOpen('stripe', 'a', 'maintenance');
    assert.equal(replica.route().nodeId, 'b');
    replica.reportTimes(5, 'b', 'timeout');
    assert.deepEqual([replica.route().nodeId, replica.route().lastResort], ['b', 'soonest_to_recover']);
    replica.engine.forceOpen('stripe', 'b', 'maintenance');
    assert.deepEqual([replica.route().nodeId, replica.route().lastResort], ['a', 'least_bad_success']);
  });

  it('never ejects the last node of a service', () => {
    const replica = rig([a()]);
    replica.reportTimes(50, 'a', 'connection_error');
    const { nodeId, lastResort } = replica.route();
    assert.deepEqual([nodeId, lastResort], ['a', 'soonest_to_recover']);
  });
});
