import Type, { type Static } from 'typebox';
import type { AlertView } from './alerts.js';
import type { BatchQueueView, BatchingPerformance } from './batching.js';
import type { CostMonitoring } from './cost.js';
import type { Recommendation } from './optimization.js';
import type { AgentStatus, ApiPerformanceMetrics } from './realtime.js';
import type { ServiceRouting } from './reports.js';
import { ServiceNameSchema, Timestamp } from './schema-parts.js';
import type { ServicesStatus, SpendView } from './status-views.js';
import { contract } from './validate.js';
import type { ServiceName, StrategyName } from './vocabulary.js';
import type { WebhookCoordination } from './webhooks.js';

/** A part of a dashboard that another app knows: null when it never answered, `stale` when it does not answer now. */
export interface DashboardPart<T> {
  data: T | null;
  asOf: string | null;
  stale: boolean;
}

/** The open and acknowledged alerts by severity, and the newest fifty of them. */
export interface StandingAlerts {
  warning: number;
  critical: number;
  emergency: number;
  items: AlertView[];
}

/**
 * GET /stream-b-coordination/dashboard. A token of some services is shown those alone: totals are over what it is shown,
 * and alerts about no one service are not among them.
 */
export interface Dashboard {
  services: ServicesStatus;
  costs: DashboardPart<CostMonitoring>;
  agents: AgentStatus[];
  webhooks: DashboardPart<WebhookCoordination>;
  /** `stale`: they cannot be read now, and none are known. */
  alerts: StandingAlerts & { stale: boolean };
  /** The fifty best. */
  recommendations: DashboardPart<{ items: Recommendation[] }>;
}

/**
 * The payload of `dashboard_update`: every 5 s in the room `api_status_updates`, to those who may see the dashboard, and
 * to a token of some services with those alone. `alerts.items` are those of the newest fifty of all that it may see.
 */
export interface DashboardUpdate extends Omit<Dashboard, 'webhooks' | 'recommendations'> {
  /** The standing alerts about each service. */
  alertCounts: Record<ServiceName, Omit<StandingAlerts, 'items'>>;
}

/** GET /external-services/frontend-coordination: all that the first paint needs, in one answer. */
export interface FrontendCoordination extends Dashboard {
  routing: DashboardPart<{ items: ServiceRouting[] }>;
  batching: DashboardPart<BatchingPerformance>;
  metrics: ApiPerformanceMetrics[];
  /** The last hour a minute, for sparklines; empty while nothing was collected. */
  series: PerformanceSeries[];
}

/** How a service is routed beyond what is ordinary. */
export interface CoordinationStanding {
  serviceName: ServiceName;
  strategy: StrategyName;
  override: ServiceRouting['override'];
}

/**
 * The `snapshot` of a room that is joined anew: how things stand at the answer's `seq` or later, of the services that
 * the caller may see. What apps know is null when they never answered, and `stale` when they do not answer now.
 */
export interface RoomSnapshots {
  api_status_updates: ServicesStatus;
  cost_monitoring: { items: (SpendView & { serviceName: ServiceName })[] };
  coordination: DashboardPart<{ items: CoordinationStanding[] }>;
  batching_performance: DashboardPart<{ items: BatchQueueView[] }>;
  webhook_events: DashboardPart<WebhookCoordination>;
  /** The standing alerts of the kind `rate_limit`. */
  rate_limit_alerts: { items: AlertView[]; stale: boolean };
  agents: { items: AgentStatus[] };
}

/** What GET /external-services/analytics/performance can show. */
export const PERFORMANCE_METRICS = [
  'average',
  'p95',
  'p99',
  'requestsPerSecond',
  'errorRate',
  'criticalErrors',
  'hourlySpend',
  'budgetUtilization',
] as const;
export type PerformanceMetric = (typeof PERFORMANCE_METRICS)[number];

/** Default: the last hour of every service and metric. `step` in seconds, 15 at least; at most 1,000 points a series. */
export const SeriesQuerySchema = Type.Object(
  {
    serviceName: Type.Optional(ServiceNameSchema),
    metric: Type.Optional(Type.Enum([...PERFORMANCE_METRICS])),
    from: Type.Optional(Timestamp),
    to: Type.Optional(Timestamp),
    step: Type.Optional(Type.Integer({ minimum: 15, maximum: 86_400 })),
  },
  { additionalProperties: false },
);
export type SeriesQuery = Static<typeof SeriesQuerySchema>;
export const seriesQuery = contract(SeriesQuerySchema);

/** Points are `step` seconds apart, the first at `from`; null where nothing was measured. */
export interface PerformanceSeries {
  serviceName: ServiceName;
  metric: PerformanceMetric;
  points: (number | null)[];
}

export interface PerformanceAnalytics {
  from: string;
  to: string;
  step: number;
  series: PerformanceSeries[];
}
