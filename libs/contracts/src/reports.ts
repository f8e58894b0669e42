import Type, { type Static } from 'typebox';
import { contract } from './validate.js';
import type { CircuitStateName, NodeRole, ServiceName, StrategyName } from './vocabulary.js';

/**
 * What apps tell each other about how things stand, by request/reply on core NATS: asked for with a timeout and a
 * fallback, answered from memory or with one quick query. The answer is the `data` of the REST route that shows the same.
 */
export const REPORTS = [
  /** routing-coordinator: {@link ServiceRouting} of every service. */
  'service-routing',
  /** cost-optimizer: as GET /external-services/cost-monitoring. */
  'cost-monitoring',
  /** cost-optimizer: as GET /stream-b-coordination/optimization/recommendations. */
  'recommendations',
  /** batching-worker: as GET /external-services/batching-performance. */
  'batching-performance',
  /** batching-worker: `{ items }` of GET /external-services/batch-queue/:serviceName, every service. */
  'batch-queues',
  /** webhook-ingest: as GET /external-services/webhook-coordination. */
  'webhook-coordination',
] as const;
export type ReportName = (typeof REPORTS)[number];

export function reportSubject(name: ReportName): string {
  return `signalbox.v1.reports.${name}`;
}
/** The replicas of an app share the questions. */
export const REPORTS_QUEUE_GROUP = 'reports';

/** Nothing has to be said to be told a report. */
export const ReportRequestSchema = Type.Object({});
export type ReportRequest = Static<typeof ReportRequestSchema>;
export const reportRequest = contract(ReportRequestSchema);

export type ServiceStatus = 'healthy' | 'degraded' | 'down';

/** One node as a replica of the coordinator sees it; rates 0..1 over the service's window, null without outcomes. */
export interface NodeRouting {
  nodeId: string;
  providerName: string;
  region: string;
  role: NodeRole;
  drained: boolean;
  credentialsRevoked: boolean;
  circuit: CircuitStateName;
  circuitOpenUntil: string | null;
  rateLimitedUntil: string | null;
  /** 0..100. */
  healthScore: number;
  outcomes: Record<string, number>;
  errorRate: number | null;
  latencyMs: { p50: number | null; p95: number | null; p99: number | null };
  /** Of the replica's decisions in the window; null without any. */
  trafficShare: number | null;
  inFlight: number;
  costPerRequestUsd: number;
}

/** What a service's calls amount to, over all nodes and as far as the replica has heard of the others. */
export interface ServiceTraffic {
  /** Outcomes a second over the last 15 s. */
  requestsPerSecond: number;
  /** 0..1 of what the limits of the nodes that take calls let through; null where one of them has no limit. */
  utilization: number | null;
  /** Over the window the mean, over the last one to two windows the percentiles; null without samples. */
  latencyMs: { mean: number | null; p95: number | null; p99: number | null };
  /** Error events of severity `critical` in the last 15 s. */
  criticalErrors: number;
}

export interface ServiceRouting {
  serviceName: ServiceName;
  strategy: StrategyName;
  /** `down`: no node takes calls; `degraded`: a node that should does not, or the error rate passed its threshold. */
  status: ServiceStatus;
  /** Why it is not healthy, for people. */
  reasons: string[];
  errorRate: number | null;
  /** The worst of its nodes that take calls; null without samples. */
  latencyMs: { p50: number | null; p95: number | null; p99: number | null };
  inFlight: number;
  traffic: ServiceTraffic;
  override: { coordinationId: string; remainingUsd: number; expiresAt: string } | null;
  nodes: NodeRouting[];
}
