import type { ServiceConfig, ServiceName } from '@signalbox/contracts';

/** Whose API a node speaks. */
export type ApiName =
  'stripe' | 'twilio' | 'sendgrid' | 'samsara' | 'mapbox' | 'google_maps' | 'here' | 'airtable';

/** One node to simulate. */
export interface SimulatedNodeSpec {
  nodeId: string;
  api: ApiName;
  region: string;
  /** Median latency of a healthy answer, ms, before the simulator's `latencyScale`. */
  latencyMs: number;
  /** Share of requests (0..1) that a healthy node fails all the same. */
  errorRatio: number;
}

/** The nodes of a catalog as their priors describe them. */
export function nodesOf(catalog: readonly ServiceConfig[]): SimulatedNodeSpec[] {
  return catalog.flatMap(({ serviceName, nodes }) =>
    nodes.map((node) => ({
      nodeId: node.nodeId,
      api: apiOf(serviceName, node.nodeId),
      region: node.region,
      latencyMs: node.priorLatencyMs,
      errorRatio: 1 - node.priorSuccessPercent / 100,
    })),
  );
}

/** The three map providers have an API each; elsewhere every node of a service speaks the same. */
function apiOf(serviceName: ServiceName, nodeId: string): ApiName {
  if (serviceName !== 'maps') return serviceName;
  if (nodeId.includes('google')) return 'google_maps';
  return nodeId.includes('here') ? 'here' : 'mapbox';
}

/** The same catalog with its nodes at the simulator's addresses, and their `/healthz` as health check. */
export function catalogAt(
  catalog: readonly ServiceConfig[],
  baseUrls: Readonly<Record<string, string>>,
): ServiceConfig[] {
  return catalog.map((service) => ({
    ...service,
    nodes: service.nodes.map((node) => ({
      ...node,
      baseUrl: baseUrls[node.nodeId] ?? node.baseUrl,
      healthCheck: { path: '/healthz', expectedStatus: 200, timeoutMs: 1_000 },
    })),
  }));
}
