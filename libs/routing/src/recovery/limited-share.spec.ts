import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock, aNode, aService } from '@signalbox/testkit';
import { EngineRig } from '../engine/engine-rig.js';

describe('the share of a node that a recovery limits', () => {
  /** Of 2,000 calls under COST_OPTIMIZED, which sends all to the cheap node that it may. */
  function shareOfCheap(rig: EngineRig): number {
    let toCheap = 0;
    for (let call = 0; call < 2_000; call++) if (rig.call(() => 'success') === 'cheap') toCheap++;
    return toCheap / 2_000;
  }

  it('is what the limit says, and all of it once the limit is lifted', () => {
    const nodes = [
      aNode({ nodeId: 'cheap', costPerRequestUsd: 0.001 }),
      aNode({ nodeId: 'dear', role: 'secondary', costPerRequestUsd: 0.01 }),
    ];
    const rig = new EngineRig(new ManualClock(), aService({ nodes, strategy: 'COST_OPTIMIZED' }));
    rig.engine.limitShares(rig.config.serviceName, new Map([['cheap', 0.25]]));
    // Standard deviation √(0.25 × 0.75 ÷ 2,000) = 0.0097.
    assert.ok(Math.abs(shareOfCheap(rig) - 0.25) < 0.05);
    rig.engine.limitShares(rig.config.serviceName, new Map());
    assert.equal(shareOfCheap(rig), 1);
  });

  it('is no reason to refuse a call when the node is the only one', () => {
    const rig = new EngineRig(new ManualClock(), aService({ nodes: [aNode({ nodeId: 'cheap' })] }));
    rig.engine.limitShares(rig.config.serviceName, new Map([['cheap', 0]]));
    assert.equal(shareOfCheap(rig), 1);
  });
});
