import type { OutcomeKind } from '@signalbox/contracts';
import { LatencySketch } from '@signalbox/statistics';
import { COUNTED_OUTCOMES } from '../facts/outcome-counts.js';
import { health } from '../scores.js';
import type { LiveNode } from './live-node.js';
import type { NodeView, ServiceView, TrafficView } from './service-view.js';
import type { Service } from './service.js';

export function viewOf(service: Service, nowMs: number): ServiceView {
  const { nodes, config } = service;
  const decisions = nodes.reduce((sum, { facts }) => sum + facts.evidence.decisions(nowMs), 0);
  const latencies = nodes.map(({ facts }) => facts.evidence.quantiles.recent(nowMs));
  const override = service.allowance.current(nowMs);
  return {
    serviceName: service.name,
    config,
    strategy: config.strategy,
    nodes: nodes.map((live, index) =>
      nodeView(live, latencies[index]!, config.thresholds.targetLatencyMs, decisions, nowMs),
    ),
    traffic: trafficView(service, latencies, nowMs),
    inFlight: nodes.reduce((sum, { inFlight }) => sum + inFlight, 0),
    override: override && {
      overrideId: override.overrideId,
      remainingMicroUsd: override.allowanceMicroUsd,
      expiresAtMs: override.expiresAtMs,
    },
  };
}

function trafficView(service: Service, latencies: readonly LatencySketch[], nowMs: number): TrafficView {
  const all = new LatencySketch();
  for (const sketch of latencies) all.merge(sketch);
  let sumMs = 0;
  let count = 0;
  for (const { facts } of service.nodes) {
    sumMs += facts.evidence.latencySumMs(nowMs);
    count += facts.evidence.latencyCount(nowMs);
  }
  return {
    requestsPerSecond: service.throughput.perSecond(nowMs),
    latencyMsMean: count === 0 ? null : sumMs / count,
    latencyMsP95: all.quantile(0.95),
    latencyMsP99: all.quantile(0.99),
  };
}

function nodeView(
  live: LiveNode,
  latencies: LatencySketch,
  targetLatencyMs: number,
  decisions: number,
  nowMs: number,
): NodeView {
  const { facts, node, circuit, isRevoked } = live;
  const { evidence } = facts;
  const reading = facts.reading(nowMs);
  const total = evidence.total(nowMs);
  const outcomes = {
    success: 0,
    timeout: 0,
    connection_error: 0,
    server_error: 0,
    rate_limited: 0,
  } satisfies Partial<Record<OutcomeKind, number>>;
  for (const outcome of COUNTED_OUTCOMES) outcomes[outcome] = evidence.count(outcome, nowMs);
  return {
    node,
    circuit,
    credentialsRevoked: isRevoked,
    outcomes,
    failureRatio: total === 0 ? null : (total - outcomes.success) / total,
    consecutiveFailures: evidence.consecutiveFailures,
    successProbability: reading.success,
    latencyMs: reading.latencyMs,
    latencyMsP50: latencies.quantile(0.5),
    latencyMsP95: latencies.quantile(0.95),
    latencyMsP99: latencies.quantile(0.99),
    healthScore: 100 * health(reading, targetLatencyMs),
    pressure: facts.pressure(nowMs),
    slowStartShare: facts.slowStartShare(nowMs),
    rateLimitedUntilMs: facts.rateLimitedUntilMs > nowMs ? facts.rateLimitedUntilMs : null,
    inFlight: facts.inFlight,
    trafficShare: decisions === 0 ? null : evidence.decisions(nowMs) / decisions,
    features: facts.features(nowMs),
  };
}
