import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SignalboxError, type AlertKind, type ServiceName } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { AlertStore, Database, type AlertRecord } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { AlertNews } from './alert-news.js';
import { AlertingRules } from './alerting-rules.js';
import { Alerts } from './alerts.js';
import { ended, escalated, escalatingAfter, isUrgent } from './lifecycle.js';

const LOOK_EVERY_MS = 1_000;
const FORGET_EVERY_MS = 60 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
const RESOLVED_KEPT_MS = 30 * DAY_MS;
/** Longer than any stream keeps what it might deliver once more. */
const FACTS_KEPT_MS = 8 * DAY_MS;

const BECAUSE: Partial<Record<AlertKind, string>> = {
  budget: 'a new period of the budget has begun',
  rate_limit: 'no further refusal was told',
  override: 'its time is up',
  degradation: 'nothing more was told of it for a day',
};

/**
 * What time does to alerts: it raises those by a step that nobody acknowledges, and ends those that end by themselves.
 * Every replica looks; the alerts change one replica at a time, so that what one has done is due for no other.
 */
@Injectable()
export class AlertRounds implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(AlertRounds.name);
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private forgotAtMs = -Infinity;

  constructor(
    private readonly alerts: Alerts,
    private readonly store: AlertStore,
    private readonly news: AlertNews,
    private readonly rules: AlertingRules,
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    rules.onApplied(({ serviceName }) => void this.applyRules(serviceName));
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.round(), LOOK_EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  /** One look, for all that is due by now. Never rejects; what could not be done is due at the next. */
  round(): Promise<void> {
    return (this.looking ??= this.look().finally(() => (this.looking = undefined)));
  }

  private async look(): Promise<void> {
    if (!this.rules.areLoaded || this.database.state !== 'connected') return;
    try {
      await this.alerts.takeWaiting();
      if (await this.store.isAnyDue(this.clock.nowMs())) await this.doDue();
      await this.news.tellSoon();
      await this.forget();
    } catch (error) {
      this.say('Alerts neither escalate nor end for now', error);
    }
  }

  private async doDue(): Promise<void> {
    const nowMs = this.clock.nowMs();
    await this.store.change(nowMs, async (alerts) => {
      for (const before of await alerts.due()) {
        const after = this.after(before, nowMs);
        alerts.save(after, { critical: isUrgent(after, before) });
        if (after.escalations > before.escalations) {
          this.logger.warn(`Nobody acknowledged it, now ${after.severity}: ${after.message}`);
        }
      }
    });
    this.alerts.changed();
  }

  private after(before: AlertRecord, nowMs: number): AlertRecord {
    const because = BECAUSE[before.kind] ?? 'it ended by itself';
    if (before.endsAt !== null && Date.parse(before.endsAt) <= nowMs) {
      // Newer facts would have moved its end: none speaks against it.
      return ended(before, { at: before.factsAt > before.endsAt ? before.factsAt : before.endsAt, because });
    }
    return escalated(before, nowMs, this.rules.escalateAfterMinutes(before.serviceName));
  }

  /** A changed rule holds for what is open already; whoever comes first writes it. */
  private async applyRules(serviceName: ServiceName): Promise<void> {
    const nowMs = this.clock.nowMs();
    const minutes = this.rules.escalateAfterMinutes(serviceName);
    try {
      await this.store.change(nowMs, async (alerts) => {
        for (const before of await alerts.open(serviceName)) {
          const after = escalatingAfter(minutes, before);
          if (after.escalatesAt !== before.escalatesAt) alerts.save(after);
        }
      });
      this.alerts.changed();
    } catch (error) {
      this.say(`When open alerts about ${serviceName} escalate is as it was`, error);
    }
  }

  private async forget(): Promise<void> {
    const nowMs = this.clock.nowMs();
    if (nowMs - this.forgotAtMs < FORGET_EVERY_MS) return;
    this.forgotAtMs = nowMs;
    await this.store.forget({
      resolvedBeforeMs: nowMs - RESOLVED_KEPT_MS,
      factsBeforeMs: nowMs - FACTS_KEPT_MS,
    });
  }

  private say(what: string, error: unknown): void {
    const isAway = error instanceof SignalboxError && error.code === 'DEPENDENCY_UNAVAILABLE';
    if (isAway) this.logger.debug(`${what}: ${String(error)}`);
    else this.logger.error(`${what}: ${String(error)}`);
  }
}
