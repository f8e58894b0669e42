import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { SignalboxError, type ApiPerformanceMetrics } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { AlertStore, type AlertTransaction } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../config.js';
import { PerformanceMetrics } from '../metrics/performance-metrics.js';
import { AlertingRules } from './alerting-rules.js';
import { Alerts } from './alerts.js';
import { countAgainst } from './threshold-rule.js';

/**
 * Holds every collection of metrics against the thresholds of its service. The counts are kept beside the alerts, in one
 * transaction with what follows from them: a gateway that takes over the collecting counts on (a threshold may ask for
 * an hour in a row), and a collection that two gateways made counts once.
 */
@Injectable()
export class WatchThresholds implements OnModuleInit {
  private readonly logger = new Logger(WatchThresholds.name);

  constructor(
    private readonly metrics: PerformanceMetrics,
    private readonly rules: AlertingRules,
    private readonly alerts: Alerts,
    private readonly store: AlertStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(GATEWAY_SETTINGS) private readonly settings: Pick<GatewaySettings, 'metricsIntervalMs'>,
  ) {}

  onModuleInit(): void {
    this.metrics.onCollected((collected) => this.check(collected));
  }

  /** Never rejects: a collection that cannot be counted is as if nothing had been measured. */
  async check(collected: readonly ApiPerformanceMetrics[]): Promise<void> {
    const nowMs = this.clock.nowMs();
    try {
      await this.store.change(nowMs, async (alerts) => {
        for (const metrics of collected) await this.count(alerts, metrics, nowMs);
      });
      this.alerts.changed();
    } catch (error) {
      const isAway = error instanceof SignalboxError && error.code === 'DEPENDENCY_UNAVAILABLE';
      const what = `A collection is not held against the thresholds: ${String(error)}`;
      if (isAway) this.logger.warn(what);
      else this.logger.error(what);
    }
  }

  private async count(
    alerts: AlertTransaction,
    metrics: ApiPerformanceMetrics,
    nowMs: number,
  ): Promise<void> {
    const { serviceName, collectedAt } = metrics;
    const alerting = this.rules.find(serviceName);
    if (alerting === undefined) return;
    const known = await alerts.counts(serviceName);
    if (known !== null && Date.parse(known.collectedAt) >= Date.parse(collectedAt)) return;
    const { counts, signals } = countAgainst(
      alerting,
      known?.counts ?? {},
      known?.collectedAt ?? null,
      metrics,
      this.settings.metricsIntervalMs,
    );
    await alerts.saveCounts(serviceName, { collectedAt, counts });
    if (signals.length > 0) await this.alerts.takeWithin(alerts, signals, nowMs);
  }
}
