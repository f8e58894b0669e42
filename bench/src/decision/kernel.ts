import { STRATEGY_NAMES, type NodeConfig, type ServiceConfig, type StrategyName } from '@signalbox/contracts';
import { RoutingEngine, type RouteRequest } from '@signalbox/routing';
import { seededRandom } from '@signalbox/statistics';
import { ManualClock, aNode, aService } from '@signalbox/testkit';

export interface KernelFigures {
  /** Decisions a second with an outcome recorded for each. */
  perSecond: number;
  /** Of a single decision, without its outcome. */
  p99Micros: number;
}

const WARM_UP = 20_000;
const DECISIONS = 200_000;
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
  const step = (index: number): void => {
    const result = engine.decide(requestOf(index));
    if (result.kind === 'refused') throw new Error(`refused: ${result.code}`);
    const failed = rng() < 0.02;
    engine.recordOutcome({
      serviceName: 'stripe',
      nodeId: result.chosen.node.nodeId,
      coordinationId: `c${index}`,
      outcome: failed ? 'server_error' : 'success',
      latencyMs: 80 + rng() * 60,
    });
    // A thousand calls a second.
    if (index % 10 === 0) clock.advance(10);
    if (index % 100 === 0) engine.tick();
  };
  for (let index = 0; index < WARM_UP; index++) step(index);
  const startedMs = performance.now();
  for (let index = WARM_UP; index < WARM_UP + DECISIONS; index++) step(index);
  const seconds = (performance.now() - startedMs) / 1000;
  return { perSecond: Math.round(DECISIONS / seconds), p99Micros: p99Micros(engine, clock) };
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
