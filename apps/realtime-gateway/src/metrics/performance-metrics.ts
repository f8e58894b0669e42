import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  PERFORMANCE_METRICS,
  SERVICE_NAMES,
  SignalboxError,
  type ApiPerformanceMetrics,
  type PerformanceAnalytics,
  type SeriesQuery,
  type ServiceName,
} from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { PERFORMANCE_KEPT_MS, PerformanceStore, type PerformanceCollection } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../config.js';
import { seriesRangeOf } from './series-range.js';

/** What PostgreSQL was not there for: an hour of rounds, every 15 s. */
const MOST_UNWRITTEN = 240;

export type CollectedListener = (metrics: ApiPerformanceMetrics[]) => void | Promise<void>;

/** How each service performs: the newest collection, the series of the last 24 h, and whom a collection is told to. */
@Injectable()
export class PerformanceMetrics {
  private readonly logger = new Logger(PerformanceMetrics.name);
  private readonly listeners: CollectedListener[] = [];
  private readonly known = new Map<ServiceName, ApiPerformanceMetrics>();
  private unwritten: PerformanceCollection[][] = [];

  constructor(
    @Inject(PerformanceStore) private readonly store: PerformanceStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(GATEWAY_SETTINGS) private readonly settings: GatewaySettings,
  ) {}

  /**
   * The newest of each service, or of one, at most 24 h old; a service that was never collected is missing. Never
   * rejects: while PostgreSQL is away, the newest that this gateway knows.
   */
  async latest(serviceName?: ServiceName): Promise<ApiPerformanceMetrics[]> {
    if (!this.isCurrent()) await this.refresh();
    const names = serviceName === undefined ? SERVICE_NAMES : [serviceName];
    const boundMs = this.clock.nowMs() - PERFORMANCE_KEPT_MS;
    return names
      .map((name) => this.known.get(name))
      .filter((metrics) => metrics !== undefined)
      .filter(({ collectedAt }) => Date.parse(collectedAt) >= boundMs);
  }

  /**
   * Series of the services that `isShown`; the last hour of all of them unless the query says otherwise.
   * @throws SignalboxError VALIDATION_FAILED naming the field; DEPENDENCY_UNAVAILABLE while PostgreSQL is away
   */
  async series(
    query: SeriesQuery = {},
    isShown: (serviceName: ServiceName) => boolean = () => true,
  ): Promise<PerformanceAnalytics> {
    const { fromMs, toMs, stepMs } = seriesRangeOf(query, this.clock.nowMs());
    const services = (query.serviceName === undefined ? [...SERVICE_NAMES] : [query.serviceName]).filter(
      isShown,
    );
    const metrics = query.metric === undefined ? PERFORMANCE_METRICS : [query.metric];
    const series = await this.store.series({ services, metrics, fromMs, toMs, stepMs });
    return {
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
      step: stepMs / 1_000,
      series,
    };
  }

  /**
   * Calls with each collection, on the gateway that made it and on no other. What a listener throws is logged and keeps
   * nobody else from being told.
   */
  onCollected(listener: CollectedListener): void {
    this.listeners.push(listener);
  }

  /** A round of collections: kept, and told unless another gateway has told the same. */
  async collected(round: readonly PerformanceCollection[]): Promise<void> {
    const told = await this.keep(round);
    for (const metrics of told) this.remember(metrics);
    if (told.length === 0) return;
    for (const listener of this.listeners) {
      try {
        await listener(told);
      } catch (error) {
        this.logger.error(`A collection was not taken in: ${String(error)}`);
      }
    }
  }

  /** Writes the rounds that PostgreSQL was not there for, if it is now: another gateway may collect by then. */
  async writeWaiting(): Promise<void> {
    if (this.unwritten.length > 0) await this.keep([]);
  }

  /** What is new. While PostgreSQL is away nobody can say that it is not; the rounds are written when it is back. */
  private async keep(round: readonly PerformanceCollection[]): Promise<ApiPerformanceMetrics[]> {
    const added = round.length === 0 ? [] : [[...round]];
    const rounds = [...this.unwritten, ...added].slice(-MOST_UNWRITTEN);
    try {
      const written = await this.store.write(rounds.flat(), this.clock.nowMs());
      this.unwritten = [];
      const collectedNow = new Set(round.map(({ metrics }) => metrics.collectedAt));
      return written.filter(({ collectedAt }) => collectedNow.has(collectedAt));
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      if (this.unwritten.length === 0) this.logger.warn(`Metrics are not stored for now: ${error.message}`);
      this.unwritten = rounds;
      return round.map(({ metrics }) => metrics);
    }
  }

  /** Whether nothing newer than what is known can have been collected. */
  private isCurrent(): boolean {
    const tickMs = this.tickMs();
    return SERVICE_NAMES.every((name) => {
      const metrics = this.known.get(name);
      return metrics !== undefined && Date.parse(metrics.collectedAt) >= tickMs;
    });
  }

  /** The tick that the running interval began with. */
  private tickMs(): number {
    const { metricsIntervalMs } = this.settings;
    return Math.floor(this.clock.nowMs() / metricsIntervalMs) * metricsIntervalMs;
  }

  private async refresh(): Promise<void> {
    try {
      for (const metrics of await this.store.newest(SERVICE_NAMES)) this.remember(metrics);
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
    }
  }

  private remember(metrics: ApiPerformanceMetrics): void {
    const known = this.known.get(metrics.serviceName);
    if (known === undefined || known.collectedAt < metrics.collectedAt) {
      this.known.set(metrics.serviceName, metrics);
    }
  }
}
