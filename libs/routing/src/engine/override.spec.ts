import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock, aNode, aService } from '@signalbox/testkit';
import fc from 'fast-check';
import { EngineRig } from './engine-rig.js';

const NODES = [
  aNode({ nodeId: 'a', costPerRequestUsd: 0.03 }),
  aNode({ nodeId: 'e', role: 'emergency', weightPercent: 0, costPerRequestUsd: 0.15 }),
];

function underOverride(allowanceMicroUsd: number, nodes = NODES) {
  const clock = new ManualClock();
  const replica = new EngineRig(clock, aService({ nodes, strategy: 'COST_OPTIMIZED' }));
  replica.engine.setOverride('stripe', {
    overrideId: 'o',
    allowanceMicroUsd,
    expiresAtMs: clock.nowMs() + 60_000,
  });
  return replica;
}

describe('an emergency override', () => {
  it('draws what the budget does not cover: $0.03 less $0.01 is $0.02', () => {
    const replica = underOverride(100_000);
    assert.equal(replica.route({ remainingBudgetMicroUsd: 10_000 }).overrideDrawMicroUsd, 20_000);
    assert.equal(replica.engine.view('stripe').override?.remainingMicroUsd, 80_000);
  });

  it('draws nothing for a call that its budget covers', () => {
    const replica = underOverride(100_000);
    assert.equal(replica.route({ remainingBudgetMicroUsd: 30_000 }).overrideDrawMicroUsd, 0);
    assert.equal(replica.route().overrideDrawMicroUsd, 0);
  });

  it('draws the whole cost of an emergency node, which has no other budget', () => {
    const replica = underOverride(200_000, [NODES[1]!]);
    assert.equal(replica.route({ remainingBudgetMicroUsd: 1_000_000 }).overrideDrawMicroUsd, 150_000);
    assert.equal(replica.refuse().code, 'BUDGET_EXHAUSTED');
  });

  it('ends with its time', () => {
    const clock = new ManualClock();
    const replica = new EngineRig(clock, aService({ nodes: NODES }));
    const expiresAtMs = clock.nowMs() + 1_000;
    replica.engine.setOverride('stripe', { overrideId: 'o', allowanceMicroUsd: 1e9, expiresAtMs });
    replica.route({ remainingBudgetMicroUsd: 0 });
    clock.advance(1_000);
    assert.equal(replica.refuse({ remainingBudgetMicroUsd: 0 }).code, 'BUDGET_EXHAUSTED');
    assert.equal(replica.engine.view('stripe').override, null);
  });

  it('is never exceeded, whatever is asked (any allowance, any budgets)', () => {
    const budgets = fc.array(fc.option(fc.integer({ min: 0, max: 60_000 })), { maxLength: 80 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), budgets, (allowance, remaining) => {
        const replica = underOverride(allowance);
        let drawn = 0;
        for (const remainingBudgetMicroUsd of remaining) {
          const result = replica.engine.decide(replica.request({ remainingBudgetMicroUsd }));
          if (result.kind === 'refused') continue;
          drawn += result.overrideDrawMicroUsd;
          const own = result.chosen.node.role === 'emergency' ? 0 : (remainingBudgetMicroUsd ?? Infinity);
          assert.ok(result.chosen.node.costMicroUsd <= own + result.overrideDrawMicroUsd);
        }
        assert.ok(drawn <= allowance, `${drawn} of ${allowance}`);
        assert.equal(replica.engine.view('stripe').override?.remainingMicroUsd, allowance - drawn);
      }),
      { seed: 75 },
    );
  });
});
