import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STRATEGY_NAMES, type NodeConfig, type OutcomeKind, type StrategyName } from '@signalbox/contracts';
import { ManualClock, aNode, aService } from '@signalbox/testkit';
import fc from 'fast-check';
import { EngineRig } from '../engine/engine-rig.js';
import type { RouteResult } from '../route.js';

/** What every strategy promises, whatever it measures nodes by. */

const REGIONS = ['us-east-1', 'us-west-2', 'eu-west-1', 'global', 'nowhere'];

const anyNode = fc.record({
  region: fc.constantFrom(...REGIONS),
  role: fc.constantFrom('primary' as const, 'secondary' as const, 'emergency' as const),
  weightPercent: fc.constantFrom(0, 10, 50, 100),
  priorSuccessPercent: fc.constantFrom(0, 50, 98, 99.5, 100),
  priorLatencyMs: fc.constantFrom(1, 100, 5_000),
  costPerRequestUsd: fc.constantFrom(0, 0.001, 0.05),
  drained: fc.boolean(),
});
const anyNodes = fc
  .array(anyNode, { minLength: 1, maxLength: 6 })
  .map((nodes) => nodes.map((node, index) => aNode({ ...node, nodeId: `n${index}` })));

const anyStep = fc.record({
  gapMs: fc.constantFrom(0, 0, 1, 400, 5_000, 3_600_000),
  place: fc.nat(5),
  outcome: fc.constantFrom<OutcomeKind>(
    'success',
    'success',
    'success',
    'timeout',
    'server_error',
    'rate_limited',
    'client_error',
  ),
  latencyMs: fc.constantFrom(0, 50, 3_000),
  severity: fc.option(fc.constantFrom('low' as const, 'critical' as const)),
  call: fc.record({
    region: fc.constantFrom(null, ...REGIONS),
    costLimitMicroUsd: fc.constantFrom(null, 0, 2_000),
    remainingBudgetMicroUsd: fc.constantFrom(null, 0, 2_000),
    targetLatencyMs: fc.constantFrom(null, 0, 200),
    valueMicroUsd: fc.constantFrom(null, 0, 5_000_000),
  }),
});
type Step = typeof anyStep extends fc.Arbitrary<infer S> ? S : never;

/** Lives through the steps: facts of every kind, time, and a decision at each. */
function live(strategy: StrategyName, nodes: NodeConfig[], steps: Step[], seed = 1): RouteResult[] {
  const clock = new ManualClock();
  const replica = new EngineRig(clock, aService({ nodes, strategy, successFloor: 0.9 }), { seed });
  return steps.map(({ gapMs, place, outcome, latencyMs, severity, call }) => {
    clock.advance(gapMs);
    const { nodeId } = nodes[place % nodes.length]!;
    replica.report(nodeId, outcome, { latencyMs });
    if (severity !== null)
      replica.engine.recordError({ serviceName: 'stripe', severity, failedNodeIds: [nodeId] });
    replica.engine.tick();
    return replica.engine.decide(replica.request(call));
  });
}

function nodeIds(result: RouteResult): string[] {
  if (result.kind === 'refused') return [];
  return [result.chosen, ...result.alternatives].map(({ node }) => node.nodeId);
}

for (const strategy of STRATEGY_NAMES) {
  describe(`${strategy} conforms`, () => {
    it('ranks every candidate exactly once, and never one that is excluded', () => {
      fc.assert(
        fc.property(anyNodes, fc.array(anyStep, { maxLength: 25 }), (nodes, steps) => {
          for (const result of live(strategy, nodes, steps)) {
            const ranked = nodeIds(result);
            const excluded = result.excluded.map(({ nodeId }) => nodeId);
            assert.equal(new Set(ranked).size, ranked.length);
            assert.equal(new Set(excluded).size, excluded.length);
            assert.deepEqual(
              [...new Set([...ranked, ...excluded])].sort(),
              nodes.map((n) => n.nodeId).sort(),
            );
            if (result.kind === 'routed' && result.lastResort !== null) continue;
            assert.ok(ranked.every((nodeId) => !excluded.includes(nodeId)));
          }
        }),
        { seed: 77 },
      );
    });

    it('never picks a drained, an emergency or an unaffordable node, nor refuses while another exists', () => {
      fc.assert(
        fc.property(anyNodes, fc.array(anyStep, { maxLength: 25 }), (nodes, steps) => {
          for (const [index, result] of live(strategy, nodes, steps).entries()) {
            const { costLimitMicroUsd, remainingBudgetMicroUsd } = steps[index]!.call;
            const mostMicroUsd = Math.min(costLimitMicroUsd ?? Infinity, remainingBudgetMicroUsd ?? Infinity);
            const may = nodes
              .filter((node) => !node.drained && node.role !== 'emergency')
              .filter((node) => node.costPerRequestUsd * 1e6 <= mostMicroUsd)
              .map(({ nodeId }) => nodeId);
            assert.equal(result.kind, may.length > 0 ? 'routed' : 'refused');
            assert.ok(nodeIds(result).every((nodeId) => may.includes(nodeId)));
          }
        }),
        { seed: 78 },
      );
    });

    it('answers with figures only: probabilities in 0..1, scores in 0..100, never NaN', () => {
      fc.assert(
        fc.property(anyNodes, fc.array(anyStep, { maxLength: 25 }), (nodes, steps) => {
          for (const result of live(strategy, nodes, steps)) {
            if (result.kind === 'refused') continue;
            assert.ok(result.confidenceScore >= 0 && result.confidenceScore <= 100);
            for (const ranked of [result.chosen, ...result.alternatives]) {
              assert.ok(ranked.successProbability >= 0 && ranked.successProbability <= 1);
              assert.ok(ranked.healthScore >= 0 && ranked.healthScore <= 100);
              assert.ok(Number.isFinite(ranked.latencyMs) && ranked.latencyMs >= 0);
              assert.ok(Number.isFinite(ranked.score), `score ${ranked.score}`);
            }
          }
        }),
        { seed: 79 },
      );
    });

    it('decides the same for the same seed and history', () => {
      fc.assert(
        fc.property(anyNodes, fc.array(anyStep, { maxLength: 25 }), fc.nat(), (nodes, steps, seed) => {
          assert.deepEqual(live(strategy, nodes, steps, seed), live(strategy, nodes, steps, seed));
        }),
        { numRuns: 20, seed: 80 },
      );
    });

    it('picks the only node, with full confidence and no alternative', () => {
      const replica = new EngineRig(new ManualClock(), aService({ strategy }));
      const { chosen, alternatives, confidenceScore, lastResort } = replica.route();
      assert.equal(chosen.node.nodeId, 'node_a');
      assert.deepEqual([alternatives, confidenceScore, lastResort], [[], 100, null]);
    });

    it('spreads thousands of calls of one moment over nodes that are equal in everything', () => {
      const nodes = ['a', 'b', 'c', 'd'].map((nodeId) => aNode({ nodeId }));
      const replica = new EngineRig(new ManualClock(), aService({ strategy, nodes }), { seed: 9 });
      const counts = new Map<string, number>();
      for (let i = 0; i < 4_000; i++) {
        const { nodeId } = replica.route();
        counts.set(nodeId, (counts.get(nodeId) ?? 0) + 1);
      }
      // 1,000 each; at random the standard deviation is √(4,000 · ¼ · ¾) ≈ 27.
      for (const count of counts.values())
        assert.ok(Math.abs(count - 1_000) < 140, JSON.stringify([...counts]));
    });

    it('takes a node back after an idle hour, whatever it did before', () => {
      const clock = new ManualClock();
      const nodes = [aNode({ nodeId: 'a' }), aNode({ nodeId: 'b' })];
      const replica = new EngineRig(clock, aService({ strategy, nodes, successFloor: 0.9 }));
      for (let i = 0; i < 100; i++) {
        // 4 % of failures: bad, and not enough to open the circuit.
        replica.report('a', i % 25 === 24 ? 'timeout' : 'success', { latencyMs: 9_000 });
      }
      replica.engine.recordError({ serviceName: 'stripe', severity: 'critical', failedNodeIds: ['a'] });
      replica.route();
      clock.advance(3_600_000);
      replica.engine.tick();
      const { excluded, alternatives, chosen } = replica.route();
      assert.deepEqual(excluded, []);
      const a = [chosen, ...alternatives].find(({ node }) => node.nodeId === 'a')!;
      assert.ok(Math.abs(a.successProbability - 0.995) < 2e-3, `${a.successProbability}`);
      assert.ok(Math.abs(a.latencyMs - 100) < 1e-3, `${a.latencyMs}`);
    });
  });
}
