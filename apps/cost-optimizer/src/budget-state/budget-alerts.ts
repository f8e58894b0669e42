import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { periodAt, type BudgetAlert, type PeriodKind } from '@signalbox/budgets';
import { toUsd, type BudgetAlerted, type BudgetThreshold, type ServiceName } from '@signalbox/contracts';
import { CLOCK, Schedule } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
import { BudgetAlertStore, type UntoldAlert } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { ObservedLedger } from '../ledger/observed-ledger.js';
import { LiveRules } from '../rules/live-rules.js';

const REPAIR_EVERY_MS = 30_000;

/**
 * Tells each alert once: it was decided by the step that crossed the threshold and is in the journal; here it is stored
 * with what it says, published under its own id, and marked as told, in that order. Killed in between, another replica
 * takes it up: the ledger's sweep hands out what was not confirmed, and the journal what not even that remembers. A
 * publication that comes twice within the stream's duplicate window is stored once.
 */
@Injectable()
export class BudgetAlerts implements OnApplicationBootstrap {
  private readonly logger = new Logger(BudgetAlerts.name);
  private readonly telling = new Set<string>();

  constructor(
    private readonly ledger: ObservedLedger,
    private readonly store: BudgetAlertStore,
    private readonly rules: LiveRules,
    @Inject(MessageBus) private readonly bus: MessageBus,
    @Inject(CLOCK) private readonly clock: Clock,
    schedule: Schedule,
  ) {
    schedule.every({
      work: 'Repair of untold budget alerts',
      everyMs: REPAIR_EVERY_MS,
      round: () => this.repair(),
    });
  }

  onApplicationBootstrap(): void {
    this.ledger.subscribe({ alerted: (alerts) => void this.tellAll(alerts) });
  }

  private async tellAll(alerts: readonly BudgetAlert[]): Promise<void> {
    const fresh = alerts.filter(({ alertId }) => !this.telling.has(alertId));
    if (fresh.length === 0 || this.bus.state !== 'connected') return;
    for (const { alertId } of fresh) this.telling.add(alertId);
    try {
      const untold = new Set(await this.store.raise(fresh));
      for (const alert of fresh) if (untold.has(alert.alertId)) await this.tell(alert);
      await this.store.told([...untold], this.clock.nowMs());
      for (const service of new Set(fresh.map(({ serviceName }) => serviceName))) {
        const ids = fresh.filter(({ serviceName }) => serviceName === service).map(({ alertId }) => alertId);
        await this.ledger.alertsTold(service, ids);
      }
    } catch (error) {
      this.logger.warn(
        `${fresh.length} budget alerts are not told yet, and will be by the next sweep: ${String(error)}`,
      );
    } finally {
      for (const { alertId } of fresh) this.telling.delete(alertId);
    }
  }

  private async tell(alert: BudgetAlert): Promise<void> {
    const { serviceName, alertId, spentMicroUsd, reservedMicroUsd, capMicroUsd } = alert;
    const { timeZone } = this.rules.of(serviceName).budget;
    const event: BudgetAlerted = {
      eventId: alertId,
      occurredAt: new Date(alert.atMs).toISOString(),
      serviceName,
      period: alert.kind,
      periodKey: alert.key,
      threshold: alert.level,
      thresholdRatio: alert.threshold,
      utilization: capMicroUsd === 0 ? 1 : (spentMicroUsd + reservedMicroUsd) / capMicroUsd,
      spentUsd: toUsd(spentMicroUsd),
      reservedUsd: toUsd(reservedMicroUsd),
      capUsd: toUsd(capMicroUsd),
      renewsAt: new Date(periodAt(alert.kind, alert.atMs, timeZone).endsAtMs).toISOString(),
      recipients: this.rules.budgets.get(serviceName).body.recipients ?? [],
    };
    await this.bus.publish('budgets.alerted', serviceName, event);
    this.logger.warn(
      `The ${alert.kind}'s budget ${alert.key} of ${serviceName} has passed ${alert.threshold * 100} % (${alert.level})`,
    );
  }

  private async repair(): Promise<void> {
    const untold = await this.store.untold(this.clock.nowMs());
    const alerts = await Promise.all(
      untold.map((alert) => (alert.known === null ? this.remade(alert) : Promise.resolve(alert.known))),
    );
    await this.tellAll(alerts.filter((alert) => alert !== null));
  }

  /** From its id and where the budget stands now; null for an id of another form. */
  private async remade({ alertId, serviceName }: UntoldAlert): Promise<BudgetAlert | null> {
    const [, kind, key, points] = /^[a-z]+:(day|month):([\d-]+):(\d+)$/.exec(alertId) ?? [];
    if (kind === undefined || key === undefined) return null;
    const { atMs, budget } = await this.ledger.state(serviceName);
    const threshold = Number(points) / 10_000;
    const { capMicroUsd, spentMicroUsd, reservedMicroUsd } = budget[kind as PeriodKind];
    const level = this.levelOf(serviceName, threshold);
    return {
      ...{ alertId, serviceName, kind: kind as PeriodKind, key, level, threshold },
      ...{ capMicroUsd, spentMicroUsd, reservedMicroUsd, atMs },
    };
  }

  /** The dearest level that the threshold reaches by the present configuration. */
  private levelOf(service: ServiceName, threshold: number): BudgetThreshold {
    const { critical, emergency } = this.rules.of(service).budget.alertThresholds;
    if (threshold >= emergency) return 'emergency';
    return threshold >= critical ? 'critical' : 'warning';
  }
}
