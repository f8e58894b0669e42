import type { OutcomeKind } from '@signalbox/contracts';
import { COUNTED_OUTCOMES } from '../facts/outcome-counts.js';
import { health } from '../scores.js';
import type { LiveNode } from './live-node.js';
import type { NodeView, ServiceView } from './service-view.js';
import type { Service } from './service.js';

export function viewOf(service: Service, nowMs: number): ServiceView {
  const { nodes, config } = service;
  const decisions = nodes.reduce((sum, { facts }) => sum + facts.evidence.decisions(nowMs), 0);
  const override = service.allowance.current(nowMs);
  return {
    serviceName: service.name,
    config,
    strategy: config.strategy,
    nodes: nodes.map((live) => nodeView(live, config.thresholds.targetLatencyMs, decisions, nowMs)),
    inFlight: nodes.reduce((sum, { inFlight }) => sum + inFlight, 0),
    override: override && {
      overrideId: override.overrideId,
      remainingMicroUsd: override.allowanceMicroUsd,
      expiresAtMs: override.expiresAtMs,
    },
  };
}

function nodeView(live: LiveNode, targetLatencyMs: number, decisions: number, nowMs: number): NodeView {
  const { facts, node, circuit, isRevoked } = live;
  const { evidence } = facts;
  const reading = facts.reading(nowMs);
  const total = evidence.total(nowMs);
  const latencies = evidence.quantiles.recent(nowMs);
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
