import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  SERVICE_NAMES,
  SignalboxError,
  type ApiPerformanceMetrics,
  type Dashboard,
  type DashboardUpdate,
  type FrontendCoordination,
  type PerformanceSeries,
  type StandingAlerts,
} from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import type { Clock } from '@signalbox/statistics';
import { Participants } from '../participants/participants.js';
import { LastKnown, inTime } from '../reports/last-known.js';
import { Reports } from '../reports/reports.js';
import { ServiceStatuses } from '../status/service-status.js';
import { batchingShown, costsShown, itemsShown, partOf, webhooksShown, type IsShown } from './shown-parts.js';
import { PerformanceSource, StandingAlertsSource } from './sources.js';

const MOST_RECOMMENDATIONS = 50;
/** Collected every 15 s. */
const METRICS_FRESH_MS = 1_000;
const SERIES_FRESH_MS = 10_000;
/** The last hour a minute. */
const SPARKLINES = { step: 60 } as const;

/**
 * All that is known of how things stand, in one answer. Everybody is asked at once, and whoever is away delays it by no
 * more than one timeout.
 */
@Injectable()
export class Dashboards {
  private readonly logger = new Logger(Dashboards.name);
  private readonly metrics: LastKnown<ApiPerformanceMetrics[]>;
  private readonly series: LastKnown<PerformanceSeries[]>;

  constructor(
    private readonly statuses: ServiceStatuses,
    private readonly reports: Reports,
    private readonly participants: Participants,
    private readonly alerts: StandingAlertsSource,
    performance: PerformanceSource,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.metrics = new LastKnown({
      ask: () => performance.latest(),
      clock,
      freshMs: METRICS_FRESH_MS,
    });
    this.series = new LastKnown({
      ask: async () => (await performance.series(SPARKLINES)).series,
      clock,
      freshMs: SERIES_FRESH_MS,
    });
  }

  async dashboard(isShown: IsShown): Promise<Dashboard> {
    const [services, costs, webhooks, recommendations, alerts] = await Promise.all([
      this.statuses.all(isShown),
      this.reports.ask('cost-monitoring'),
      this.reports.ask('webhook-coordination'),
      this.reports.ask('recommendations'),
      this.standingAlerts(isShown),
    ]);
    return {
      services,
      costs: partOf(costs, (data) => costsShown(data, isShown)),
      agents: this.participants.all(),
      webhooks: partOf(webhooks, (data) => webhooksShown(data, isShown)),
      alerts,
      recommendations: partOf(recommendations, (data) => itemsShown(data, isShown, MOST_RECOMMENDATIONS)),
    };
  }

  async frontend(isShown: IsShown): Promise<FrontendCoordination> {
    const [dashboard, routing, batching, metrics, series] = await Promise.all([
      this.dashboard(isShown),
      this.reports.ask('service-routing'),
      this.reports.ask('batching-performance'),
      this.metrics.recent(),
      this.series.recent(),
    ]);
    return {
      ...dashboard,
      routing: partOf(routing, (data) => itemsShown(data, isShown)),
      batching: partOf(batching, (data) => batchingShown(data, isShown)),
      metrics: itemsShown({ items: metrics.data ?? [] }, isShown).items,
      series: itemsShown({ items: series.data ?? [] }, isShown).items,
    };
  }

  /**
   * What is pushed: of all services, to be narrowed to each client's. Asked for anew, since it comes after what the room
   * has told and must not take it back.
   */
  async update(): Promise<DashboardUpdate> {
    const everything = () => true;
    const [services, costs, alerts, ...counts] = await Promise.all([
      this.statuses.all(everything, 'anew'),
      this.reports.ask('cost-monitoring', 'anew'),
      this.standingAlerts(everything),
      ...SERVICE_NAMES.map((name) => this.standingAlerts((serviceName) => serviceName === name)),
    ]);
    const alertCounts = Object.fromEntries(
      SERVICE_NAMES.map((name, index) => {
        const { warning, critical, emergency } = counts[index]!;
        return [name, { warning, critical, emergency }];
      }),
    ) as DashboardUpdate['alertCounts'];
    return { services, costs, agents: this.participants.all(), alerts, alertCounts };
  }

  /** Never rejects. */
  async standingAlerts(isShown: IsShown): Promise<StandingAlerts & { stale: boolean }> {
    try {
      return { ...(await inTime(this.alerts.standing(isShown))), stale: false };
    } catch (error) {
      if (!(error instanceof SignalboxError)) this.logger.warn(`Alerts are not shown: ${String(error)}`);
      return { warning: 0, critical: 0, emergency: 0, items: [], stale: true };
    }
  }
}
