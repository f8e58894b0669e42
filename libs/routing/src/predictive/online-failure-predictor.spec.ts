import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '@signalbox/statistics';
import fc from 'fast-check';
import type { NodeFeatures } from '../predictor.js';
import { OnlineFailurePredictor } from './online-failure-predictor.js';
import type { PredictorState, ServiceState } from './predictor-state.js';

const CALM: NodeFeatures = {
  failureRatio: 0.005,
  failureTrend: 0,
  latencyToTarget: -1,
  latencyTrend: 0,
  latencySlopePerSecond: 0,
  rateLimitedRatio: 0,
  changePoint: 0,
  hourOfDay: 12,
  outcomes: 300,
};
const RAMP: NodeFeatures = { ...CALM, latencyTrend: 0.4, latencySlopePerSecond: 0.02, changePoint: 0.8 };

class Feed {
  atMs = 0;
  constructor(
    readonly predictor: OnlineFailurePredictor,
    readonly nodeId = 'maps_mapbox',
  ) {}

  see(seconds: number, features: NodeFeatures, failures = 0, outcomes = 10): this {
    for (let i = 0; i < seconds; i++) {
      this.atMs += 1_000;
      const { nodeId, atMs } = this;
      this.predictor.observe({
        serviceName: 'maps',
        nodeId,
        atMs,
        features,
        successes: outcomes - failures,
        failures,
      });
    }
    return this;
  }

  /** A minute's ramp, then a minute's outage, between calm times. */
  outage(): this {
    const down = { ...CALM, failureRatio: 0.9, changePoint: 3 };
    return this.see(180, CALM)
      .see(60, RAMP)
      .see(60, down, 9)
      .see(30, { ...CALM, failureRatio: 0.2 });
  }
}

function trained(): OnlineFailurePredictor {
  const predictor = new OnlineFailurePredictor();
  const feed = new Feed(predictor);
  for (let episode = 0; episode < 10; episode++) feed.outage();
  return predictor;
}

const mean = (predictor: OnlineFailurePredictor, features: NodeFeatures, nodeId = 'maps_google') =>
  predictor.failureProbability(features, 'maps', nodeId).mean;

describe('OnlineFailurePredictor', () => {
  it('predicts, before it has learned anything, that a node fails as it failed lately', () => {
    const predictor = new OnlineFailurePredictor();
    const byRatio = [0.001, 0.01, 0.1, 0.5].map((failureRatio) => mean(predictor, { ...CALM, failureRatio }));
    assert.deepEqual(byRatio, [...byRatio].sort());
    // What is not known pulls towards one half, most where least is known; the order is what counts.
    assert.ok(byRatio[0]! < 0.05 && byRatio[2]! > 0.08 && byRatio[2]! < 0.3, String(byRatio));
  });

  it('learns what precedes an outage, and knows it on a node where it never happened', () => {
    const predictor = trained();
    const [calm, ramp] = [mean(predictor, CALM), mean(predictor, RAMP)];
    assert.ok(ramp > 0.3, `ramp ${ramp}`);
    assert.ok(calm < 0.1 && ramp > 5 * calm, `calm ${calm}, ramp ${ramp}`);
  });

  it('learns nothing before the horizon of a snapshot is over', () => {
    const predictor = new OnlineFailurePredictor();
    const feed = new Feed(predictor).see(60, RAMP, 10);
    assert.equal(predictor.labelsLearned('maps'), 0);
    feed.see(1, RAMP, 10);
    assert.equal(predictor.labelsLearned('maps'), 1);
  });

  it('learns the hour at which one node fails, without blaming the others', () => {
    const predictor = new OnlineFailurePredictor();
    for (let day = 0; day < 10; day++) {
      for (const nodeId of ['maps_mapbox', 'maps_google']) {
        const feed = new Feed(predictor, nodeId);
        feed.atMs = day * 86_400_000;
        feed.see(300, { ...CALM, hourOfDay: 2 });
        feed.atMs += 39_600_000;
        feed.see(300, { ...CALM, hourOfDay: 14 }, nodeId === 'maps_mapbox' ? 2 : 0);
      }
    }
    const at = (hourOfDay: number, nodeId: string) => mean(predictor, { ...CALM, hourOfDay }, nodeId);
    assert.ok(at(14, 'maps_mapbox') > 4 * at(2, 'maps_mapbox'));
    assert.ok(at(14, 'maps_mapbox') > 4 * at(14, 'maps_google'));
  });

  it('does not take silence for calm once traffic has left a node', () => {
    const predictor = trained();
    const feed = new Feed(predictor).see(30, RAMP);
    const left = mean(predictor, { ...CALM, outcomes: 0 }, feed.nodeId);
    assert.ok(left > 0.5 * mean(predictor, RAMP, feed.nodeId), `just left: ${left}`);
    feed.see(600, { ...CALM, outcomes: 0 }, 0, 0);
    const later = mean(predictor, { ...CALM, outcomes: 0 }, feed.nodeId);
    assert.ok(
      later < 2 * mean(predictor, { ...CALM, outcomes: 0 }, 'maps_here'),
      `ten minutes later: ${later}`,
    );
  });

  it('never explores a node whose predicted odds are more than four times another’s', () => {
    const predictor = trained();
    const ratio = fc.double({ min: 0.001, max: 0.9, noNaN: true });
    fc.assert(
      fc.property(ratio, ratio, fc.integer(), (a, b, seed) => {
        const rng = seededRandom(seed);
        const predict = (failureRatio: number) =>
          predictor.failureProbability({ ...CALM, failureRatio, outcomes: 5 }, 'maps', 'maps_google');
        const [well, sick] = [predict(Math.min(a, b)), predict(Math.max(a, b))];
        const odds = (p: number) => p / (1 - p);
        if (odds(sick.mean) <= 4.0001 * odds(well.mean)) return;
        for (let draw = 0; draw < 50; draw++) assert.ok(well.sample(rng) < sick.sample(rng));
      }),
      { seed: 74 },
    );
  });

  it('explores among nodes that nobody can tell apart', () => {
    const predictor = trained();
    const rng = seededRandom(5);
    const predict = (failureRatio: number) =>
      predictor.failureProbability({ ...CALM, failureRatio }, 'maps', 'maps_google');
    let second = 0;
    for (let draw = 0; draw < 1_000; draw++)
      if (predict(0.006).sample(rng) < predict(0.005).sample(rng)) second++;
    assert.ok(second > 250 && second < 500, String(second));
  });

  it('predicts the same after its state went through JSON', () => {
    const predictor = trained();
    const restored = new OnlineFailurePredictor();
    assert.deepEqual(restored.restore(JSON.parse(JSON.stringify(predictor.toState()))), { kind: 'restored' });
    for (const features of [CALM, RAMP]) {
      assert.equal(mean(restored, features), mean(predictor, features));
      assert.equal(mean(restored, features, 'maps_mapbox') > 0, true);
    }
    assert.equal(restored.labelsLearned('maps'), predictor.labelsLearned('maps'));
    assert.deepEqual(restored.toState(), predictor.toState());
  });

  /** A good state, spoiled. */
  const spoiled = (spoil: (maps: ServiceState) => void) => (): unknown => {
    const state = JSON.parse(JSON.stringify(trained().toState())) as PredictorState;
    spoil(state.services.maps!);
    return state;
  };
  const corrupt: [string, RegExp, () => unknown][] = [
    ['no object', /not an object/, () => null],
    ['another version', /version 99, this model reads 1/, () => ({ version: 99, services: {} })],
    ['no services', /services: is not an object/, () => ({ version: 1 })],
    ['an unknown service', /services\.fax: is no service/, () => ({ version: 1, services: { fax: {} } })],
    ['a weight missing', /services\.maps\.shared: is not \d+ weights/, spoiled(({ shared }) => shared.pop())],
    [
      'a precision of 0',
      /nodes\.maps_mapbox: is not 3 weights/,
      spoiled(({ nodes }) => (nodes['maps_mapbox']![0]![1] = 0)),
    ],
    ['a mean that is not finite', /shared/, spoiled(({ shared }) => (shared[0]![0] = NaN))],
  ];
  for (const [name, reason, make] of corrupt) {
    it(`refuses a state with ${name}, says why, and keeps what it knows`, () => {
      const predictor = trained();
      const before = mean(predictor, RAMP);
      const result = predictor.restore(make());
      assert.equal(result.kind, 'refused');
      assert.match(result.kind === 'refused' ? result.reason : '', reason);
      assert.equal(mean(predictor, RAMP), before);
    });
  }

  it('keeps a bounded number of nodes, the latest seen', () => {
    const predictor = new OnlineFailurePredictor();
    for (let i = 0; i < 300; i++) new Feed(predictor, `maps_${i}`).see(1, CALM);
    const nodes = Object.keys(predictor.toState().services.maps!.nodes);
    assert.equal(nodes.length, 128);
    assert.ok(nodes.includes('maps_299') && !nodes.includes('maps_0'));
  });
});
