import { toUsd, type NodeRouting, type ServiceRouting, type ServiceTraffic } from '@signalbox/contracts';
import type { NodeView, ServiceView } from '@signalbox/routing';

/** A service as an operator is shown it. */
export function serviceRoutingOf(view: ServiceView, criticalErrors: number): ServiceRouting {
  const regular = view.nodes.filter(({ node }) => node.role !== 'emergency');
  const serving = regular.filter(takesCalls);
  const errorRate = errorRateOf(view.nodes);
  const limit = view.config.thresholds.failoverErrorRatio;
  const reasons = [
    ...regular.filter((node) => !takesCalls(node)).map(whyNot),
    ...(errorRate !== null && errorRate > limit
      ? [`the error rate is ${percent(errorRate)}, above ${percent(limit)}`]
      : []),
  ];
  return {
    serviceName: view.serviceName,
    strategy: view.strategy,
    status: serving.length === 0 ? 'down' : reasons.length > 0 ? 'degraded' : 'healthy',
    reasons,
    errorRate,
    latencyMs: {
      p50: worst(serving, ({ latencyMsP50 }) => latencyMsP50),
      p95: worst(serving, ({ latencyMsP95 }) => latencyMsP95),
      p99: worst(serving, ({ latencyMsP99 }) => latencyMsP99),
    },
    inFlight: view.inFlight,
    traffic: trafficOf(view, serving, criticalErrors),
    override: view.override && {
      coordinationId: view.override.overrideId,
      remainingUsd: toUsd(view.override.remainingMicroUsd),
      expiresAt: timeOf(view.override.expiresAtMs),
    },
    nodes: view.nodes.map(nodeRoutingOf),
  };
}

function trafficOf(
  { traffic, inFlight }: ServiceView,
  serving: readonly NodeView[],
  criticalErrors: number,
): ServiceTraffic {
  return {
    requestsPerSecond: traffic.requestsPerSecond,
    utilization: utilizationOf(serving, traffic.requestsPerSecond, inFlight),
    latencyMs: { mean: traffic.latencyMsMean, p95: traffic.latencyMsP95, p99: traffic.latencyMsP99 },
    criticalErrors,
  };
}

/** By the limit that is the nearest, of rate and of concurrency; a limit counts only when every serving node has one. */
function utilizationOf(serving: readonly NodeView[], perSecond: number, inFlight: number): number | null {
  const used = [
    share(
      perSecond,
      serving.map(({ node }) => node.maxRequestsPerSecond),
    ),
    share(
      inFlight,
      serving.map(({ node }) => node.maxConcurrent),
    ),
  ].filter((one) => one !== null);
  return used.length === 0 ? null : Math.max(...used);
}

function share(used: number, limits: readonly (number | null)[]): number | null {
  let limit = 0;
  for (const one of limits) {
    if (one === null) return null;
    limit += one;
  }
  return limit === 0 ? null : used / limit;
}

function nodeRoutingOf(view: NodeView): NodeRouting {
  const { node, circuit } = view;
  return {
    nodeId: node.nodeId,
    providerName: node.providerName,
    region: node.region,
    role: node.role,
    drained: node.drained,
    credentialsRevoked: view.credentialsRevoked,
    circuit: circuit.state,
    circuitOpenUntil: circuit.state === 'open' && circuit.untilMs !== null ? timeOf(circuit.untilMs) : null,
    rateLimitedUntil: view.rateLimitedUntilMs === null ? null : timeOf(view.rateLimitedUntilMs),
    healthScore: Math.round(view.healthScore),
    outcomes: view.outcomes,
    errorRate: view.failureRatio,
    latencyMs: { p50: view.latencyMsP50, p95: view.latencyMsP95, p99: view.latencyMsP99 },
    trafficShare: view.trafficShare,
    inFlight: view.inFlight,
    costPerRequestUsd: toUsd(node.costMicroUsd),
  };
}

function takesCalls({ node, circuit, credentialsRevoked, rateLimitedUntilMs }: NodeView): boolean {
  return !node.drained && !credentialsRevoked && circuit.state !== 'open' && rateLimitedUntilMs === null;
}

function whyNot({ node, circuit, credentialsRevoked, rateLimitedUntilMs }: NodeView): string {
  if (node.drained) return `${node.nodeId} is drained`;
  if (credentialsRevoked) return `the credentials of ${node.nodeId} are revoked`;
  if (circuit.state === 'open') {
    const until = circuit.untilMs === null ? 'it is reset by hand' : timeOf(circuit.untilMs);
    return `the circuit of ${node.nodeId} is open until ${until}`;
  }
  return `${node.nodeId} is rate limited until ${timeOf(rateLimitedUntilMs ?? 0)}`;
}

function errorRateOf(nodes: readonly NodeView[]): number | null {
  let failed = 0;
  let total = 0;
  for (const { outcomes } of nodes) {
    for (const [outcome, count] of Object.entries(outcomes)) {
      total += count;
      if (outcome !== 'success') failed += count;
    }
  }
  return total === 0 ? null : failed / total;
}

function worst(nodes: readonly NodeView[], latencyOf: (node: NodeView) => number | null): number | null {
  const known = nodes.map(latencyOf).filter((latency) => latency !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
