import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeConfig } from '@signalbox/contracts';
import { RoutingEngine } from '@signalbox/routing';
import { seededRandom } from '@signalbox/statistics';
import { ManualClock, aNode, aService } from '@signalbox/testkit';
import { serviceRoutingOf } from './service-routing.js';

/** One call in flight, and twelve that have succeeded in 13.5 s on the first node. */
function utilizationWith(...limits: Partial<NodeConfig>[]): number | null {
  const engine = new RoutingEngine({
    clock: new ManualClock(Date.UTC(2026, 0, 15, 12)),
    rng: seededRandom(1),
    replicaId: 'a',
    listener: { circuitChanged: () => undefined, probeEnded: () => undefined },
  });
  const nodes = limits.map((limit, n) => aNode({ nodeId: `node_${n}`, ...limit }));
  engine.configure(aService({ nodes }));
  const call = { serviceName: 'stripe' as const, priority: null, region: null };
  engine.decide({
    ...{ ...call, coordinationId: 'in flight', costLimitMicroUsd: null, remainingBudgetMicroUsd: null },
    ...{ targetLatencyMs: null, valueMicroUsd: null },
  });
  for (let n = 0; n < 12; n++) {
    const coordinationId = `enhanced_coordination_1768478400_${n}`;
    const report = { coordinationId, nodeId: 'node_0', outcome: 'success' as const, latencyMs: 10 };
    engine.recordOutcome({ serviceName: 'stripe', ...report });
  }
  return serviceRoutingOf(engine.view('stripe'), 0).traffic.utilization;
}

const near = (actual: number | null, expected: number) =>
  assert.ok(actual !== null && Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);

describe('utilization of a service', () => {
  const perSecond = 12 / 13.5;

  it('is by the nearer of rate and concurrency, over all nodes that take calls', () => {
    near(utilizationWith({ maxRequestsPerSecond: 1 }, { maxRequestsPerSecond: 3 }), perSecond / 4);
    near(utilizationWith({ maxConcurrent: 4 }, { maxConcurrent: 1 }), 1 / 5);
    near(utilizationWith({ maxRequestsPerSecond: 100, maxConcurrent: 2 }), 1 / 2);
    near(utilizationWith({ maxRequestsPerSecond: 1, maxConcurrent: 1_000 }), perSecond);
  });

  it('is not known where a node that takes calls has no limit, and where none is set', () => {
    assert.equal(utilizationWith({}), null);
    assert.equal(utilizationWith({ maxRequestsPerSecond: 5 }, {}), null);
    near(utilizationWith({ maxConcurrent: 2 }, { maxConcurrent: 2, maxRequestsPerSecond: 1 }), 1 / 4);
  });

  it('counts neither drained nodes nor the emergency one', () => {
    near(
      utilizationWith({ maxConcurrent: 2 }, { drained: true, maxConcurrent: 8 }, { role: 'emergency' }),
      1 / 2,
    );
  });
});
