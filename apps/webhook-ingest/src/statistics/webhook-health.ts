import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { CLOCK, Schedule } from '@signalbox/hosting';
import { Database, WebhookOutbox, WebhookTallies, type Undone } from '@signalbox/persistence';
import { HealthRegistry, Metrics, type ComponentHealth } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import { AttemptEvent } from '../processing/attempt-event.js';
import { LiveSources } from '../sources/live-sources.js';
import type { StoredTally } from './tally.js';

const LOOK_EVERY_MS = 5_000;
/** Events are processed within a second; a minute means that nobody processes them. */
const LATE_MS = 60_000;

/** Says how receiving and processing are, from what was last seen: a check never waits for the network. */
@Injectable()
export class WebhookHealth implements OnApplicationBootstrap {
  private undone: Undone[] = [];
  private waitingFacts = 0;

  constructor(
    private readonly tallies: WebhookTallies<StoredTally>,
    private readonly outbox: WebhookOutbox,
    private readonly database: Database,
    private readonly sources: LiveSources,
    private readonly attemptEvent: AttemptEvent,
    private readonly health: HealthRegistry,
    private readonly metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
    schedule: Schedule,
  ) {
    schedule.every({
      work: 'Look at webhooks that are undone',
      everyMs: LOOK_EVERY_MS,
      round: () => this.look(),
    });
  }

  onApplicationBootstrap(): void {
    this.health.register('webhooks', { required: false, check: () => this.check() });
    this.gauges();
  }

  private check(): ComponentHealth {
    if (!this.sources.areLoaded) {
      return {
        state: 'down',
        reason: 'Webhook sources are not loaded: nothing is accepted. Is PostgreSQL up?',
      };
    }
    const open = this.attemptEvent.circuitStates().filter(({ state }) => state === 'open');
    if (open.length > 0) {
      const names = open.map(({ handler }) => handler.name).join(', ');
      return {
        state: 'degraded',
        reason: `Webhook handlers fail and rest: ${names}. See the attempts of their events.`,
      };
    }
    const oldestMs = this.oldestPendingMs();
    if (oldestMs !== null && this.clock.nowMs() - oldestMs > LATE_MS) {
      return {
        state: 'degraded',
        reason: `Webhook events have waited since ${new Date(oldestMs).toISOString()}. Does any replica process them?`,
      };
    }
    return { state: 'operational' };
  }

  private oldestPendingMs(): number | null {
    const times = this.undone.flatMap(({ oldestPendingAt }) => oldestPendingAt ?? []);
    return times.length === 0 ? null : Math.min(...times.map((iso) => Date.parse(iso)));
  }

  private async look(): Promise<void> {
    if (this.database.state !== 'connected') return;
    [this.undone, this.waitingFacts] = await Promise.all([this.tallies.undone(), this.outbox.waiting()]);
  }

  private gauges(): void {
    const seen = () => ({ undone: this.undone, facts: this.waitingFacts });
    this.metrics.gauge({
      name: 'signalbox_webhooks_undone',
      help: 'Webhook events of the fleet that are not done with, by service and state',
      labelNames: ['service', 'state'],
      collect() {
        for (const { serviceName: service, pending, retrying, dead } of seen().undone) {
          this.set({ service, state: 'pending' }, pending);
          this.set({ service, state: 'retrying' }, retrying);
          this.set({ service, state: 'dead' }, dead);
        }
      },
    });
    this.metrics.gauge({
      name: 'signalbox_webhooks_untold_facts',
      help: 'Facts of webhook events that NATS has not taken yet, of the fleet',
      collect() {
        this.set(seen().facts);
      },
    });
  }
}
