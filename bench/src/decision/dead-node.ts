import { RoutingEngine } from '@signalbox/routing';
import { seededRandom } from '@signalbox/statistics';
import { ManualClock, aNode, aService } from '@signalbox/testkit';

export interface DeadNodeFigures {
  calls: number;
  /** Calls that reached the dead node. */
  toDeadNode: number;
  /** Its circuit's trip count plus the probes that were let through. */
  allowed: number;
}

const CALLS_PER_SECOND = 100;
const SECONDS = 300;
const TRIP_COUNT = 5;

/** Five minutes of traffic, one call after another, to two nodes of which the preferred one answers nothing. */
export function deadNodeFigures(): DeadNodeFigures {
  const clock = new ManualClock();
  const engine = new RoutingEngine({
    clock,
    rng: seededRandom(7),
    replicaId: 'bench',
    listener: { circuitChanged: () => undefined, probeEnded: () => undefined },
  });
  const { thresholds } = aService();
  engine.configure(
    aService({
      strategy: 'GEOGRAPHIC_PROXIMITY',
      thresholds: {
        ...thresholds,
        consecutiveFailures: TRIP_COUNT,
        retryBackoffMs: 1_000,
        maxBackoffMs: 300_000,
      },
      nodes: [
        aNode({ nodeId: 'dead', region: 'us-east-1' }),
        aNode({ nodeId: 'alive', region: 'us-west-2', role: 'secondary' }),
      ],
    }),
  );
  let toDeadNode = 0;
  let probes = 0;
  for (let call = 0; call < CALLS_PER_SECOND * SECONDS; call++) {
    engine.tick();
    for (const { serviceName, nodeId } of engine.probesWanted()) {
      engine.grantProbe(serviceName, nodeId, `lease-${call}`, clock.nowMs() + 60_000);
    }
    const result = engine.decide({
      coordinationId: `c${call}`,
      serviceName: 'stripe',
      priority: 'LOW',
      region: 'us-east-1',
      costLimitMicroUsd: null,
      remainingBudgetMicroUsd: null,
      targetLatencyMs: null,
      valueMicroUsd: null,
    });
    if (result.kind === 'refused') throw new Error(`refused: ${result.code}`);
    const { nodeId } = result.chosen.node;
    const dead = nodeId === 'dead';
    if (dead) toDeadNode += 1;
    if (result.probe) probes += 1;
    engine.recordOutcome({
      serviceName: 'stripe',
      nodeId,
      coordinationId: `c${call}`,
      outcome: dead ? 'connection_error' : 'success',
      latencyMs: 100,
    });
    clock.advance(1000 / CALLS_PER_SECOND);
  }
  return { calls: CALLS_PER_SECOND * SECONDS, toDeadNode, allowed: TRIP_COUNT + probes };
}
