import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import {
  SERVICE_NAMES,
  SignalboxError,
  type BatchingPerformance,
  type CostMonitoring,
  type DashboardPart,
  type Recommendation,
  type ServiceName,
  type ServiceRouting,
} from '@signalbox/contracts';
import { CLOCK, FleetLease, HOSTED, type Hosted } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
import { PerformanceStore, type PastCollection, type PerformanceCollection } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../config.js';
import { Reports } from '../reports/reports.js';
import { CoordinationEvents } from './coordination-events.js';
import { SPEND_LOOKS_BACK_MS } from './hourly-spend.js';
import { TREND_LOOKS_BACK_MS } from './p95-trend.js';
import { PerformanceMetrics } from './performance-metrics.js';
import { performanceOf, type Told } from './performance-of.js';

const LOOKS_BACK_MS = Math.max(SPEND_LOOKS_BACK_MS, TREND_LOOKS_BACK_MS);
const NOTHING_PAST: ReadonlyMap<ServiceName, PastCollection[]> = new Map();

interface Answers {
  routing: ServiceRouting[] | null;
  costs: CostMonitoring | null;
  recommendations: Recommendation[] | null;
  batching: BatchingPerformance | null;
}

/**
 * Collects how every service performs, on each whole quarter minute: one gateway of the fleet. Whose turn it is is
 * looked at twice an interval, so that the next collection is not missed when that gateway dies; a time at which no
 * app answered stays a gap.
 */
@Injectable()
export class PerformanceCollector implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(PerformanceCollector.name);
  private readonly lease: FleetLease;
  private readonly intervalMs: number;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private collectedTickMs: number | null = null;

  constructor(
    private readonly reports: Reports,
    private readonly metrics: PerformanceMetrics,
    private readonly events: CoordinationEvents,
    @Inject(PerformanceStore) private readonly store: PerformanceStore,
    @Inject(GATEWAY_SETTINGS) { metricsIntervalMs }: GatewaySettings,
    @Inject(MessageBus) bus: MessageBus,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(HOSTED) { replicaId }: Hosted,
  ) {
    this.intervalMs = metricsIntervalMs;
    const lastsMs = Math.ceil((2 * metricsIntervalMs) / 3);
    this.lease = new FleetLease(bus, clock, { name: 'performance-metrics', replicaId, lastsMs });
  }

  onApplicationBootstrap(): void {
    this.lookAgain();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    await this.running;
    await this.lease.release().catch(() => undefined);
  }

  private lookAgain(): void {
    const halfMs = this.intervalMs / 2;
    const waitMs = halfMs - (this.clock.nowMs() % halfMs);
    this.timer = setTimeout(() => {
      this.running ??= this.look().finally(() => (this.running = undefined));
      this.lookAgain();
    }, waitMs);
  }

  private async look(): Promise<void> {
    try {
      if (!(await this.lease.isHeld())) {
        await this.metrics.writeWaiting();
        return;
      }
      const tickMs = Math.floor(this.clock.nowMs() / this.intervalMs) * this.intervalMs;
      if (tickMs === this.collectedTickMs) return;
      const round = await this.collect(tickMs);
      if (round.length > 0) await this.metrics.collected(round);
      this.collectedTickMs = tickMs;
    } catch (error) {
      this.logger.warn(`How services perform was not collected this time: ${String(error)}`);
    }
  }

  private async collect(atMs: number): Promise<PerformanceCollection[]> {
    const [answers, past] = await Promise.all([this.ask(), this.past(atMs)]);
    if (Object.values(answers).every((answer) => answer === null)) return [];
    return SERVICE_NAMES.map((name) =>
      performanceOf(name, this.toldOf(name, answers), past.get(name) ?? [], atMs),
    );
  }

  /** What each app says now; an answer of before was not measured now. */
  private async ask(): Promise<Answers> {
    const [routing, costs, recommendations, batching] = await Promise.all([
      this.reports.ask('service-routing', 'anew').then(fresh),
      this.reports.ask('cost-monitoring', 'anew').then(fresh),
      this.reports.ask('recommendations', 'anew').then(fresh),
      this.reports.ask('batching-performance', 'anew').then(fresh),
    ]);
    return {
      routing: routing?.items ?? null,
      costs,
      recommendations: recommendations?.items ?? null,
      batching,
    };
  }

  /** Without PostgreSQL a collection has no trend and no hourly spend, and is worth having still. */
  private async past(atMs: number): Promise<ReadonlyMap<ServiceName, PastCollection[]>> {
    try {
      return await this.store.since(atMs - LOOKS_BACK_MS);
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      return NOTHING_PAST;
    }
  }

  private toldOf(name: ServiceName, { routing, costs, recommendations, batching }: Answers): Told {
    const ofService = <T extends { serviceName: ServiceName }>(items: readonly T[] | undefined) =>
      items?.find(({ serviceName }) => serviceName === name) ?? null;
    return {
      routing: ofService(routing ?? undefined),
      costs: ofService(costs?.services),
      recommendations:
        recommendations?.filter(({ serviceName, state }) => serviceName === name && state === 'open') ?? null,
      batching: batching?.services[name] ?? null,
      coordination: this.events.countsOf(name),
    };
  }
}

function fresh<T>({ data, stale }: DashboardPart<T>): T | null {
  return stale ? null : data;
}
