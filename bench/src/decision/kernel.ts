import { STRATEGY_NAMES, type NodeConfig, type ServiceConfig, type StrategyName } from '@signalbox/contracts';
import { RoutingEngine, type RouteRequest } from '@signalbox/routing';
import { seededRandom } from '@signalbox/statistics';
import { ManualClock, aNode, aService } from '@signalbox/testkit';

export interface KernelFigures {
  /** Decisions a second. */
  perSecond: number;
  /** Decisions a second with an outcome recorded for each: the engine's whole work on a call. */
  withOutcomePerSecond: number;
  /** Of a single decision. */
  p99Micros: number;
}

const WARM_UP = 20_000;
const DECISIONS = 200_000;
/** Decided, then reported, so many at a time: like calls in flight. */
const BATCH = 500;
/** Timing each decision would cost as much as the decision: every so many one is timed. */
const TIMED_EVERY = 16;
const REGIONS = ['us-east-1', 'us-west-2', 'us-central-1', 'eu-west-1'];

/** The engine alone, in memory: no HTTP, no NATS. Outcomes are recorded as in life, 2 % of them failures. */
export function kernelFigures(nodes: number): Record<StrategyName, KernelFigures> {
  return Object.fromEntries(STRATEGY_NAMES.map((strategy) => [strategy, measure(strategy, nodes)])) as Record<
    StrategyName,
    KernelFigures
  >;
}

function measure(strategy: StrategyName, nodes: number): KernelFigures {
  const clock = new ManualClock();
  const rng = seededRandom(42);
  const engine = new RoutingEngine({
    clock,
    rng,
    replicaId: 'bench',
    listener: { circuitChanged: () => undefined, probeEnded: () => undefined },
  });
  engine.configure(serviceOf(strategy, nodes));
  const chosen: string[] = [];
  const decideBatch = (first: number): void => {
    for (let index = first; index < first + BATCH; index++) {
      const result = engine.decide(requestOf(index));
      if (result.kind === 'refused') throw new Error(`refused: ${result.code}`);
      chosen[index - first] = result.chosen.node.nodeId;
      // A thousand calls a second.
      if (index % 10 === 0) clock.advance(10);
    }
  };
  const reportBatch = (first: number): void => {
    for (let index = first; index < first + BATCH; index++) {
      engine.recordOutcome({
        serviceName: 'stripe',
        nodeId: chosen[index - first] ?? '',
        coordinationId: `c${index}`,
        outcome: rng() < 0.02 ? 'server_error' : 'success',
        latencyMs: 80 + rng() * 60,
      });
    }
    engine.tick();
  };
  for (let first = 0; first < WARM_UP; first += BATCH) {
    decideBatch(first);
    reportBatch(first);
  }
  let decidingMs = 0;
  const startedMs = performance.now();
  for (let first = WARM_UP; first < WARM_UP + DECISIONS; first += BATCH) {
    const batchMs = performance.now();
    decideBatch(first);
    decidingMs += performance.now() - batchMs;
    reportBatch(first);
  }
  const wholeMs = performance.now() - startedMs;
  return {
    perSecond: Math.round((DECISIONS / decidingMs) * 1000),
    withOutcomePerSecond: Math.round((DECISIONS / wholeMs) * 1000),
    p99Micros: p99Micros(engine, clock),
  };
}

function p99Micros(engine: RoutingEngine, clock: ManualClock): number {
  const samples: number[] = [];
  for (let index = 0; index < DECISIONS / 4; index++) {
    const request = requestOf(WARM_UP + DECISIONS + index);
    const timed = index % TIMED_EVERY === 0;
    const startedNs = timed ? process.hrtime.bigint() : 0n;
    engine.decide(request);
    if (timed) samples.push(Number(process.hrtime.bigint() - startedNs) / 1000);
    if (index % 10 === 0) clock.advance(10);
  }
  samples.sort((a, b) => a - b);
  return Math.round((samples[Math.floor(samples.length * 0.99)] ?? NaN) * 10) / 10;
}

function requestOf(index: number): RouteRequest {
  return {
    coordinationId: `c${index}`,
    serviceName: 'stripe',
    priority: 'HIGH',
    region: 'us-east-1',
    costLimitMicroUsd: 100_000,
    remainingBudgetMicroUsd: 1_000_000_000,
    targetLatencyMs: 300,
    valueMicroUsd: 5_000_000,
  };
}

function serviceOf(strategy: StrategyName, count: number): ServiceConfig {
  const nodes = Array.from({ length: count }, (_, index): NodeConfig =>
    aNode({
      nodeId: `node_${index}`,
      role: index === 0 ? 'primary' : 'secondary',
      region: REGIONS[index % REGIONS.length] ?? 'us-east-1',
      weightPercent: 100 / count,
      costPerRequestUsd: 0.02 + index * 0.001,
      priorLatencyMs: 100 + index * 5,
    }),
  );
  const { thresholds } = aService();
  // Circuits stay closed: a kernel that only excludes nodes would be measured as a faster one.
  return aService({ strategy, nodes, thresholds: { ...thresholds, failoverErrorRatio: 0.9 } });
}
