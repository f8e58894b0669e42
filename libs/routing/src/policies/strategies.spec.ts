import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StrategyName } from '@signalbox/contracts';
import { seededRandom } from '@signalbox/statistics';
import type { FailurePredictor } from '../predictor.js';
import { aCall, aCandidate } from './candidate-builder.js';
import type { Call, Candidate } from './policy.js';
import { rank } from './ranking.js';
import { policyOf } from './registry.js';

/** A predictor that knows each node's failure exactly. */
function predicting(failures: Record<string, number>): FailurePredictor {
  return {
    failureProbability: (_features, _serviceName, nodeId) => {
      const mean = failures[nodeId] ?? 0;
      return { mean, sd: 0, sample: () => mean };
    },
    observe: () => undefined,
  };
}

/** Decides again and again with one policy; the index of each node chosen. */
function chooser(strategy: StrategyName, nodeCount: number, predictor = predicting({})) {
  const rng = seededRandom(1);
  const policy = policyOf(strategy, { serviceName: 'stripe', nodeCount, rng, predictor });
  return (candidates: Candidate[], call: Call = aCall()): number => {
    const ranked = [...candidates];
    policy.assess(ranked, call);
    rank(ranked, rng);
    const chosen = ranked[0]!;
    policy.took?.(ranked, chosen);
    return chosen.index;
  };
}

function assertScores(candidates: Candidate[], expected: number[]): void {
  for (const [place, { score }] of candidates.entries()) {
    assert.ok(
      Math.abs(score - expected[place]!) < 1e-6,
      `node ${place} scored ${score}, not ${expected[place]}`,
    );
  }
}

describe('ROUND_ROBIN', () => {
  it('takes turns in configuration order', () => {
    const choose = chooser('ROUND_ROBIN', 3);
    const nodes = [0, 1, 2].map((index) => aCandidate(index));
    assert.deepEqual(
      Array.from({ length: 7 }, () => choose(nodes)),
      [0, 1, 2, 0, 1, 2, 0],
    );
  });

  it('passes the turn of a node that is no candidate to the next', () => {
    const choose = chooser('ROUND_ROBIN', 3);
    const [a, b, c] = [aCandidate(0), aCandidate(1), aCandidate(2)];
    assert.equal(choose([a, b, c]), 0);
    assert.equal(choose([a, c]), 2);
    assert.equal(choose([a, b, c]), 0);
  });
});

describe('WEIGHTED_ROUND_ROBIN', () => {
  it('gives weights 5, 1, 1 the smooth order a a x a y a a', () => {
    const choose = chooser('WEIGHTED_ROUND_ROBIN', 3);
    const nodes = [5, 1, 1].map((weight, index) => aCandidate(index, { node: { weight } }));
    const turns = Array.from({ length: 14 }, () => choose(nodes));
    for (const start of [0, 7]) {
      const [first, second, third, fourth, fifth, sixth, seventh] = turns.slice(start, start + 7);
      assert.deepEqual([first, second, fourth, sixth, seventh], [0, 0, 0, 0, 0]);
      // b and c are even when their turn comes: which goes first is chance.
      assert.deepEqual([third, fifth].sort(), [1, 2]);
    }
  });

  it('scales weights by health: 50 · 1 and 50 · 0.25 share five turns 4 to 1', () => {
    const choose = chooser('WEIGHTED_ROUND_ROBIN', 2);
    const nodes = [aCandidate(0), aCandidate(1, { reading: { successLower: 0.25 } })];
    const turns = Array.from({ length: 50 }, () => choose(nodes));
    assert.equal(turns.filter((index) => index === 0).length, 40);
  });

  it('shares evenly among nodes of which none has a weight', () => {
    const choose = chooser('WEIGHTED_ROUND_ROBIN', 2);
    const nodes = [0, 1].map((index) => aCandidate(index, { node: { weight: 0 } }));
    const turns = Array.from({ length: 10 }, () => choose(nodes));
    assert.equal(turns.filter((index) => index === 0).length, 5);
  });
});

describe('LEAST_CONNECTIONS', () => {
  it('divides calls in flight by weight: 7 / 70 = 0.1 is less than 2 / 10 = 0.2', () => {
    const nodes = [
      aCandidate(0, { inFlight: 7, node: { weight: 70 } }),
      aCandidate(1, { inFlight: 2, node: { weight: 10 } }),
    ];
    assert.equal(chooser('LEAST_CONNECTIONS', 2)(nodes), 0);
    assertScores(nodes, [-0.1, -0.2]);
  });

  it('breaks ties at random', () => {
    const choose = chooser('LEAST_CONNECTIONS', 4);
    const nodes = [0, 1, 2, 3].map((index) => aCandidate(index));
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 4_000; i++) counts[choose(nodes)]!++;
    // 1,000 each expected, standard deviation √(4,000 · ¼ · ¾) ≈ 27.
    for (const count of counts) assert.ok(Math.abs(count - 1_000) < 140, counts.join(' '));
  });

  it('sends nothing to a node without weight while another can take it', () => {
    const nodes = [aCandidate(0, { node: { weight: 0 } }), aCandidate(1, { inFlight: 500 })];
    assert.equal(chooser('LEAST_CONNECTIONS', 2)(nodes), 1);
  });
});

describe('LEAST_RESPONSE_TIME', () => {
  it('multiplies the peak by one more than is in flight: 100 · 3 is more than 250 · 1', () => {
    const nodes = [
      aCandidate(0, { inFlight: 2, reading: { peakLatencyMs: 100 } }),
      aCandidate(1, { inFlight: 0, reading: { peakLatencyMs: 250 } }),
    ];
    assert.equal(chooser('LEAST_RESPONSE_TIME', 2)(nodes), 1);
    assertScores(nodes, [-300, -250]);
  });
});

describe('GEOGRAPHIC_PROXIMITY', () => {
  const east = aCandidate(0, { node: { region: 'us-east-1' } });
  const west = aCandidate(1, { node: { region: 'us-west-2' } });
  const ireland = aCandidate(2, { node: { region: 'eu-west-1' } });

  it('picks the nearest region to the caller, whatever its latency', () => {
    const choose = chooser('GEOGRAPHIC_PROXIMITY', 3);
    const slowWest = aCandidate(1, { node: { region: 'us-west-2' }, reading: { latencyMs: 60_000 } });
    assert.equal(choose([slowWest, ireland], aCall({ region: 'us-east-1' })), 1);
    assert.equal(choose([east, slowWest, ireland], aCall({ region: 'eu-west-1' })), 2);
  });

  it('lets latency decide between nodes at one distance', () => {
    const choose = chooser('GEOGRAPHIC_PROXIMITY', 2);
    const slow = aCandidate(0, { reading: { latencyMs: 101 } });
    const fast = aCandidate(1, { reading: { latencyMs: 100 } });
    assert.equal(choose([slow, fast]), 1);
  });

  it('lets latency decide when the caller did not say where it is', () => {
    const choose = chooser('GEOGRAPHIC_PROXIMITY', 3);
    const fastIreland = aCandidate(2, { node: { region: 'eu-west-1' }, reading: { latencyMs: 50 } });
    assert.equal(choose([east, west, fastIreland], aCall({ region: null })), 2);
  });
});

describe('COST_OPTIMIZED', () => {
  it('divides cost by success: 5,000 / 0.5 = 10,000 is more than 8,000 / 0.8001', () => {
    const nodes = [
      aCandidate(0, { node: { costMicroUsd: 5_000 }, reading: { success: 0.5 } }),
      aCandidate(1, { node: { costMicroUsd: 8_000 }, reading: { success: 0.8001 } }),
    ];
    assert.equal(chooser('COST_OPTIMIZED', 2)(nodes), 1);
    assertScores(nodes, [-10_000, -8_000 / 0.8001]);
  });

  it('stays finite for a node that never succeeds and for one that is free', () => {
    const nodes = [
      aCandidate(0, { node: { costMicroUsd: 0 }, reading: { success: 0 } }),
      aCandidate(1, { reading: { success: 0 } }),
    ];
    assert.equal(chooser('COST_OPTIMIZED', 2)(nodes), 0);
  });
});

describe('HEALTH_BASED', () => {
  it('multiplies the lower bound by target ÷ latency beyond target: 0.95 · 500 / 1,000 is less than 0.9', () => {
    const nodes = [
      aCandidate(0, { reading: { successLower: 0.95, latencyMs: 1_000 } }),
      aCandidate(1, { reading: { successLower: 0.9, latencyMs: 500 } }),
    ];
    assert.equal(chooser('HEALTH_BASED', 2)(nodes), 1);
    assertScores(nodes, [0.475, 0.9]);
  });

  it('does not reward being faster than the target', () => {
    const nodes = [
      aCandidate(0, { reading: { successLower: 0.9, latencyMs: 1 } }),
      aCandidate(1, { reading: { successLower: 0.91, latencyMs: 499 } }),
    ];
    assert.equal(chooser('HEALTH_BASED', 2)(nodes), 1);
  });
});

describe('PREDICTIVE_ANALYTICS', () => {
  it('picks the least predicted failure', () => {
    const choose = chooser('PREDICTIVE_ANALYTICS', 2, predicting({ node_0: 0.2, node_1: 0.1 }));
    assert.equal(choose([aCandidate(0), aCandidate(1)]), 1);
  });

  it('applies the error events that the model has not read: 1 − 0.1 under pressure 0.5 is 0.45', () => {
    const choose = chooser('PREDICTIVE_ANALYTICS', 2, predicting({ node_0: 0.2, node_1: 0.1 }));
    const nodes = [aCandidate(0), aCandidate(1, { reading: { unpressed: 0.5 } })];
    assert.equal(choose(nodes), 0);
    assertScores(nodes, [0.8, 0.45]);
  });
});

describe('HYBRID_OPTIMIZATION', () => {
  it('weighs success, cost and lateness in money', () => {
    const nodes = [
      // 0.99 · $1 − $0.05 − 500 ms late · ($1 / (2 · 500 ms)) = 990,000 − 50,000 − 500,000
      aCandidate(0, { node: { costMicroUsd: 50_000 }, reading: { success: 0.99, latencyMs: 1_000 } }),
      // 0.98 · $1 − $0.055 = 980,000 − 55,000
      aCandidate(1, { node: { costMicroUsd: 55_000 }, reading: { success: 0.98, latencyMs: 400 } }),
    ];
    assert.equal(chooser('HYBRID_OPTIMIZATION', 2)(nodes), 1);
    assertScores(nodes, [440_000, 925_000]);
  });

  it('lets the price decide when a success is worth little, and success when it is worth much', () => {
    const cheap = () => aCandidate(0, { node: { costMicroUsd: 10_000 }, reading: { success: 0.98 } });
    const good = () => aCandidate(1, { node: { costMicroUsd: 15_000 }, reading: { success: 0.99 } });
    const choose = chooser('HYBRID_OPTIMIZATION', 2);
    // One percent of $0.40 is $0.004, less than the $0.005 between them; of $0.60 it is $0.006.
    assert.equal(choose([cheap(), good()], aCall({ valueMicroUsd: 400_000 })), 0);
    assert.equal(choose([cheap(), good()], aCall({ valueMicroUsd: 600_000 })), 1);
  });
});
