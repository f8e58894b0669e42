import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { Severity } from '@signalbox/contracts';
import { ManualClock, aNode, aService } from '@signalbox/testkit';
import { EngineRig } from './engine-rig.js';

const WINDOW_MS = 30_000;
const near = (actual: number, expected: number, within = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= within, `${actual} is not ${expected}`);

let clock: ManualClock;
let replica: EngineRig;

beforeEach(() => {
  clock = new ManualClock();
  const config = aService({
    strategy: 'COST_OPTIMIZED',
    nodes: [
      aNode({ nodeId: 'a', costPerRequestUsd: 0.001, priorSuccessPercent: 99, priorLatencyMs: 100 }),
      aNode({ nodeId: 'b', role: 'secondary', priorSuccessPercent: 99 }),
    ],
  });
  config.thresholds = { ...config.thresholds, windowMs: WINDOW_MS };
  replica = new EngineRig(clock, config);
});

describe('success', () => {
  it('starts at the catalog’s prior and moves with outcomes: (50 · 0.99 + 1) / (50 + 2)', () => {
    near(replica.view('a').successProbability, 0.99);
    replica.report('a', 'success');
    replica.report('a', 'timeout');
    near(replica.view('a').successProbability, 50.5 / 52);
  });

  it('keeps exact counts by outcome over the window', () => {
    replica.reportTimes(6, 'a', 'success');
    replica.reportTimes(2, 'a', 'timeout');
    replica.report('a', 'rate_limited');
    replica.report('a', 'client_error');
    assert.deepEqual(replica.view('a').outcomes, {
      success: 6,
      timeout: 2,
      connection_error: 0,
      server_error: 0,
      rate_limited: 1,
    });
    near(replica.view('a').failureRatio!, 3 / 9);
  });

  it('forgets the window after an idle hour', () => {
    replica.reportTimes(4, 'a', 'timeout');
    clock.advance(3_600_000);
    const { failureRatio, outcomes, successProbability, latencyMsP50 } = replica.view('a');
    assert.deepEqual([failureRatio, outcomes.timeout, latencyMsP50], [null, 0, null]);
    near(successProbability, 0.99, 1e-3);
  });

  it('halves old evidence in the time that 125 outcomes take', () => {
    // 10 a second: 125 take 12.5 s. The window then holds 250 to 300 outcomes: 12.5 to 15 s.
    for (let i = 0; i < 300; i++) {
      replica.report('a', 'success');
      clock.advance(100);
    }
    const before = replica.view('a').successProbability;
    replica.reportTimes(4, 'a', 'timeout');
    const lost = before - replica.view('a').successProbability;
    for (let i = 0; i < 130; i++) {
      replica.report('a', 'success');
      clock.advance(100);
    }
    const stillLost = before - replica.view('a').successProbability;
    assert.ok(stillLost > 0.4 * lost && stillLost < 0.6 * lost, `${stillLost} of ${lost}`);
  });
});

describe('latency', () => {
  it('starts at the prior, worth five samples: (5 · 100 + 5 · 300) / 10', () => {
    near(replica.view('a').latencyMs, 100);
    for (let i = 0; i < 5; i++) replica.report('a', 'success', { latencyMs: 300 });
    near(replica.view('a').latencyMs, 200);
  });

  it('has quantiles to 1 %, of the last one to two windows', () => {
    for (let latencyMs = 1; latencyMs <= 100; latencyMs++) replica.report('a', 'success', { latencyMs });
    near(replica.view('a').latencyMsP50!, 50, 1);
    near(replica.view('a').latencyMsP95!, 95, 1.5);
    near(replica.view('a').latencyMsP99!, 99, 1.5);
    clock.advance(WINDOW_MS);
    near(replica.view('a').latencyMsP50!, 50, 1);
    clock.advance(2 * WINDOW_MS);
    assert.equal(replica.view('a').latencyMsP50, null);
  });

  it('does not take a fast failure for a fast node', () => {
    for (let i = 0; i < 4; i++) replica.report('a', 'connection_error', { latencyMs: 1 });
    near(replica.view('a').latencyMs, 100);
    assert.equal(replica.view('a').latencyMsP50, null);
  });

  it('shows a ramp in the features', () => {
    for (let second = 0; second < 30; second++) {
      replica.report('a', 'success', { latencyMs: 100 + 40 * second });
      clock.advance(1_000);
    }
    const { latencyTrend, latencySlopePerSecond, changePoint, latencyToTarget } = replica.view('a').features;
    assert.ok(latencyTrend > 0.5, `trend ${latencyTrend}`);
    assert.ok(latencySlopePerSecond > 0.03, `slope ${latencySlopePerSecond}`);
    assert.ok(changePoint >= 1, `change point ${changePoint}`);
    // The peak was 1,260 ms a second ago, decayed by e^−0.1; the target is 2,000 ms.
    near(latencyToTarget, Math.log((1_260 * Math.exp(-0.1)) / 2_000), 1e-6);
  });
});

describe('load signals', () => {
  /** ln(peak ÷ target), target 2,000 ms. */
  const peakMs = () => 2_000 * Math.exp(replica.view('a').features.latencyToTarget);

  it('count as a latency of 5 s at least, of Retry-After at most up to 300 s', () => {
    replica.report('a', 'rate_limited', { retryAfterSeconds: 2 });
    near(peakMs(), 5_000, 1e-6);
    replica.report('a', 'server_error', { retryAfterSeconds: 40 });
    near(peakMs(), 40_000, 1e-6);
    assert.equal(replica.view('a').rateLimitedUntilMs, clock.nowMs() + 40_000);
  });

  it('do not touch the latency that is expected and reported', () => {
    replica.report('a', 'rate_limited', { retryAfterSeconds: 40, latencyMs: 3 });
    near(replica.view('a').latencyMs, 100);
    assert.equal(replica.view('a').latencyMsP99, null);
  });

  it('keep out for the first backoff a node that said 429 and not how long', () => {
    replica.report('a', 'rate_limited');
    assert.equal(replica.route().nodeId, 'b');
    clock.advance(replica.config.thresholds.retryBackoffMs);
    assert.deepEqual(replica.route().excluded, []);
  });

  it('are no signal when a 500 comes without Retry-After', () => {
    replica.report('a', 'server_error');
    assert.equal(replica.view('a').rateLimitedUntilMs, null);
  });

  it('let the node return by slow start', () => {
    replica.report('a', 'rate_limited', { retryAfterSeconds: 10 });
    replica.route();
    clock.advance(10_000);
    replica.route();
    near(replica.view('a').slowStartShare, 0.1);
    clock.advance(WINDOW_MS / 2);
    near(replica.view('a').slowStartShare, 0.55);
  });
});

describe('error events', () => {
  const weigh = (severity: Severity) =>
    replica.engine.recordError({ serviceName: 'stripe', severity, failedNodeIds: ['a', 'unknown'] });

  it('change the next decision, before any outcome', () => {
    assert.equal(replica.route().nodeId, 'a');
    const config = { ...replica.config, successFloor: 0.95 };
    replica.engine.configure(config);
    weigh('critical');
    const { nodeId, excluded } = replica.route();
    assert.deepEqual([nodeId, excluded[0]?.reason], ['b', 'below_floor']);
  });

  it('weigh by severity', () => {
    const pressures = (['low', 'medium', 'high', 'critical'] as const).map((severity) => {
      const rig = new EngineRig(clock, replica.config);
      rig.engine.recordError({ serviceName: 'stripe', severity, failedNodeIds: ['a'] });
      return rig.view('a').pressure;
    });
    // Nothing contradicts them: agreement is 1.
    assert.deepEqual(pressures, [0.02, 0.1, 0.4, 0.8]);
  });

  it('weigh less where outcomes contradict them: 0.8 · (½ + ½ · 1 / (1 + 100 · 0.05))', () => {
    replica.reportTimes(100, 'a', 'success');
    weigh('critical');
    near(replica.view('a').pressure, 0.8 * (0.5 + 0.5 / 6));
  });

  it('fade by half in ten seconds, and sooner when calls succeed', () => {
    weigh('critical');
    clock.advance(10_000);
    near(replica.view('a').pressure, 0.4);
    replica.reportTimes(20, 'a', 'success');
    near(replica.view('a').pressure, 0.4 * 0.95 ** 20);
  });

  it('come from a failed health check as from a medium event', () => {
    replica.engine.recordHealthCheck('stripe', 'a', true);
    assert.equal(replica.view('a').pressure, 0);
    replica.engine.recordHealthCheck('stripe', 'a', false);
    assert.equal(replica.view('a').pressure, 0.1);
    assert.equal(replica.view('a').circuit.state, 'closed');
  });
});

describe('a new configuration', () => {
  it('keeps the facts, circuits and calls of nodes that stay', () => {
    replica.reportTimes(5, 'b', 'timeout');
    replica.route();
    const [a, b] = replica.config.nodes;
    replica.engine.configure({
      ...replica.config,
      nodes: [b!, aNode({ nodeId: 'c' }), { ...a!, weightPercent: 1 }],
    });
    assert.equal(replica.view('b').circuit.state, 'open');
    assert.equal(replica.view('b').outcomes.timeout, 5);
    assert.deepEqual([replica.view('a').inFlight, replica.view('a').node.weight], [1, 1]);
  });

  it('survives reports of a node that is gone', () => {
    const { coordinationId } = replica.route();
    replica.engine.configure({ ...replica.config, nodes: [replica.config.nodes[1]!] });
    assert.equal(replica.report('a', 'success', { coordinationId }), 'unknown_node');
    assert.equal(replica.engine.view('stripe').inFlight, 0);
  });

  it('begins the evidence anew under another prior', () => {
    replica.reportTimes(3, 'a', 'timeout');
    const [a, b] = replica.config.nodes;
    replica.engine.configure({ ...replica.config, nodes: [{ ...a!, priorSuccessPercent: 97 }, b!] });
    near(replica.view('a').successProbability, 0.97);
  });
});

describe('the view', () => {
  it('has no traffic share before the first decision, and exact shares after', () => {
    assert.equal(replica.view('a').trafficShare, null);
    for (let i = 0; i < 3; i++) replica.route();
    replica.route({ costLimitMicroUsd: 0 + 1_000 });
    assert.deepEqual([replica.view('a').trafficShare, replica.view('b').trafficShare], [1, 0]);
  });

  it('is the caller’s to keep', () => {
    const before = replica.view('a');
    replica.reportTimes(5, 'a', 'timeout');
    assert.equal(before.circuit.state, 'closed');
    assert.equal(before.outcomes.timeout, 0);
  });
});
