import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STRATEGY_NAMES } from '@signalbox/contracts';
import { seededRandom } from '@signalbox/statistics';
import { OnlineFailurePredictor } from '../predictive/index.js';
import { aCall, aCandidate } from './candidate-builder.js';
import { rank } from './ranking.js';
import { policyOf } from './registry.js';

const context = (seed: number) => ({
  serviceName: 'stripe' as const,
  nodeCount: 2,
  rng: seededRandom(seed),
  predictor: new OnlineFailurePredictor(),
});

describe('easing in', () => {
  it('gives a node that would take every call its share and no more', () => {
    const { rng } = context(1);
    const policy = policyOf('HEALTH_BASED', { ...context(2), rng });
    const back = aCandidate(0, { reading: { share: 0.1 } });
    const other = aCandidate(1, { reading: { successLower: 0.5 } });
    let taken = 0;
    for (let i = 0; i < 10_000; i++) {
      const ranked = [back, other];
      policy.assess(ranked, aCall());
      rank(ranked, rng);
      if (ranked[0] === back) taken++;
    }
    // 1,000 expected, standard deviation √(10,000 · 0.1 · 0.9) = 30.
    assert.ok(Math.abs(taken - 1_000) < 150, `${taken}`);
  });

  for (const strategy of STRATEGY_NAMES) {
    it(`keeps a returning node to about its share under ${strategy}`, () => {
      const shared = context(3);
      const policy = policyOf(strategy, shared);
      let taken = 0;
      for (let i = 0; i < 2_000; i++) {
        const back = aCandidate(0, { reading: { share: 0.2 } });
        const ranked = [back, aCandidate(1)];
        policy.assess(ranked, aCall());
        rank(ranked, shared.rng);
        policy.took?.(ranked, ranked[0]!);
        if (ranked[0] === back) taken++;
      }
      assert.ok(taken <= 0.25 * 2_000, `${taken} of 2,000`);
    });
  }

  it('holds nobody back when all would be', () => {
    const shared = context(4);
    const policy = policyOf('HEALTH_BASED', shared);
    const worse = aCandidate(0, { reading: { share: 0, successLower: 0.5 } });
    const better = aCandidate(1, { reading: { share: 0 } });
    const ranked = [worse, better];
    policy.assess(ranked, aCall());
    rank(ranked, shared.rng);
    assert.equal(ranked[0], better);
  });
});
