import Type, { type Static } from 'typebox';
import type { AlertView } from './alerts.js';
import type { BatchingPerformance } from './batching.js';
import type { CostMonitoring } from './cost.js';
import type { Recommendation } from './optimization.js';
import type { AgentStatus, ApiPerformanceMetrics } from './realtime.js';
import type { ServiceRouting } from './reports.js';
import { ServiceNameSchema, Timestamp } from './schema-parts.js';
import type { ServicesStatus } from './status-views.js';
import { contract } from './validate.js';
import type { ServiceName } from './vocabulary.js';
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

/** GET /stream-b-coordination/dashboard; also the payload of `dashboard_update`, every 5 s in the room `api_status_updates`, without `webhooks` and `recommendations`. */
export interface Dashboard {
  services: ServicesStatus;
  costs: DashboardPart<CostMonitoring>;
  agents: AgentStatus[];
  webhooks: DashboardPart<WebhookCoordination>;
  alerts: StandingAlerts;
  recommendations: DashboardPart<{ items: Recommendation[] }>;
}

/** GET /external-services/frontend-coordination: all that the first paint needs, in one answer. */
export interface FrontendCoordination extends Dashboard {
  routing: DashboardPart<{ items: ServiceRouting[] }>;
  batching: DashboardPart<BatchingPerformance>;
  metrics: ApiPerformanceMetrics[];
  /** The last hour a minute, for sparklines; empty while nothing was collected. */
  series: PerformanceSeries[];
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
