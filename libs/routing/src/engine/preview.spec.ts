import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STRATEGY_NAMES } from '@signalbox/contracts';
import { ManualClock, aNode, aService } from '@signalbox/testkit';
import type { RouteRequest } from '../route.js';
import { EngineRig } from './engine-rig.js';

const REQUEST: RouteRequest = {
  serviceName: 'stripe',
  coordinationId: 'preview',
  priority: 'HIGH',
  region: null,
  costLimitMicroUsd: null,
  remainingBudgetMicroUsd: 0,
  targetLatencyMs: null,
  valueMicroUsd: null,
};

describe('preview', () => {
  for (const strategy of STRATEGY_NAMES) {
    it(`says where a call would go and takes nothing for it (${strategy})`, () => {
      const nodes = [aNode({ nodeId: 'a' }), aNode({ nodeId: 'b', role: 'secondary' })];
      const { engine } = new EngineRig(new ManualClock(), aService({ nodes, strategy }));
      const allowanceMicroUsd = 25_000;
      engine.setOverride('stripe', {
        overrideId: 'o',
        allowanceMicroUsd,
        expiresAtMs: Number.MAX_SAFE_INTEGER,
      });
      for (let time = 0; time < 10; time++) {
        const result = engine.preview(REQUEST);
        // The budget is used up: $0.01 a call would come from the override.
        assert.deepEqual(
          [result.kind, result.kind === 'routed' && result.overrideDrawMicroUsd],
          ['routed', 10_000],
        );
      }
      assert.equal(engine.view('stripe').override?.remainingMicroUsd, allowanceMicroUsd);
      assert.deepEqual(engine.inFlight(), []);
      assert.ok(
        engine.view('stripe').nodes.every((node) => node.inFlight === 0 && node.trafficShare === null),
      );
    });
  }

  it('does not use up a turn', () => {
    const nodes = [aNode({ nodeId: 'a' }), aNode({ nodeId: 'b', role: 'secondary' })];
    const { engine } = new EngineRig(new ManualClock(), aService({ nodes, strategy: 'ROUND_ROBIN' }));
    const chosen = (result: ReturnType<typeof engine.preview>) =>
      result.kind === 'routed' ? result.chosen.node.nodeId : result.code;
    const request = { ...REQUEST, remainingBudgetMicroUsd: null };
    const next = chosen(engine.preview(request));
    assert.equal(chosen(engine.preview(request)), next);
    assert.equal(chosen(engine.decide({ ...request, coordinationId: 'c1' })), next);
    assert.notEqual(chosen(engine.preview(request)), next);
  });
});
