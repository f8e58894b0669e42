import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ManualClock, aNode, aService } from '@signalbox/testkit';
import { EngineRig } from './engine-rig.js';

let clock: ManualClock;
let here: EngineRig;
let there: EngineRig;
const traffic = (rig: EngineRig) => rig.engine.view('stripe').traffic;

beforeEach(() => {
  // A bucket of the 15 s window is 1.5 s long: begin with one.
  clock = new ManualClock(Date.UTC(2026, 0, 15, 12));
  const config = aService({ nodes: [aNode({ nodeId: 'a' }), aNode({ nodeId: 'b', role: 'secondary' })] });
  config.thresholds = { ...config.thresholds, windowMs: 30_000, consecutiveFailures: 3 };
  here = new EngineRig(clock, config, { replicaId: 'here' });
  there = new EngineRig(clock, config, { replicaId: 'there' });
});

function exchange(): void {
  for (const [from, to] of [
    [here, there],
    [there, here],
  ] as const) {
    const delta = from.takeDelta();
    if (delta !== null) to.engine.applyDelta(delta);
  }
}

describe('what a service’s calls amount to', () => {
  it('is nothing before the first call', () => {
    assert.deepEqual(traffic(here), {
      requestsPerSecond: 0,
      latencyMsMean: null,
      latencyMsP95: null,
      latencyMsP99: null,
    });
  });

  it('counts the outcomes of all replicas a second, callers’ own errors apart', () => {
    for (let second = 0; second < 30; second++) {
      here.reportTimes(4, 'a', 'success');
      there.reportTimes(2, 'b', 'success');
      there.report('b', 'client_error');
      exchange();
      clock.advance(1_000);
    }
    // At 30 s a bucket begins: the nine before it hold the 13.5 s from 16.5 s on, seconds 17 to 29: 13 × 6 / 13.5.
    for (const rig of [here, there]) {
      assert.ok(Math.abs(traffic(rig).requestsPerSecond - 78 / 13.5) < 1e-9);
    }
    clock.advance(3_600_000);
    assert.equal(traffic(here).requestsPerSecond, 0);
  });

  it('times all nodes together, and not the worst of them', () => {
    for (let call = 0; call < 98; call++) here.report('a', 'success', { latencyMs: 100 });
    for (let call = 0; call < 2; call++) there.report('b', 'timeout', { latencyMs: 2_000 });
    exchange();
    const { latencyMsMean, latencyMsP95, latencyMsP99 } = traffic(here);
    // (98 × 100 + 2 × 2,000) / 100
    assert.equal(latencyMsMean, 138);
    assert.ok(Math.abs(latencyMsP95! - 100) <= 1, `${latencyMsP95}`);
    assert.ok(Math.abs(latencyMsP99! - 2_000) <= 20, `${latencyMsP99}`);
  });

  it('does not dip when a circuit closes and its node is judged anew', () => {
    here.reportTimes(9, 'a', 'success');
    here.reportTimes(3, 'a', 'server_error');
    assert.equal(here.view('a').circuit.state, 'open');
    here.engine.resetCircuit('stripe', 'a', 'mended');
    assert.equal(here.view('a').outcomes.server_error, 0);
    assert.ok(Math.abs(traffic(here).requestsPerSecond - 12 / 13.5) < 1e-9);
  });
});
