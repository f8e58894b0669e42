import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CLOCK, FleetLease, RNG } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
import { AirtableFeeds, Database, type FeedKey } from '@signalbox/persistence';
import type { Clock, Rng } from '@signalbox/statistics';
import { WEBHOOK_LIFETIME_MS, renewalDueAtMs } from '@signalbox/webhooks';
import { WEBHOOK_INGEST_SETTINGS, type WebhookIngestSettings } from '../config.js';
import { AirtableApi } from './airtable-api.js';

const WEBHOOKS_A_ROUND = 50;
/** Of the three and a half days that are left when a renewal is due. */
const TRY_AGAIN_MS = 10 * 60_000;

/**
 * Renews Airtable's webhooks before their seven days are over; a webhook that expired loses what changes meanwhile.
 * One replica renews for all. A webhook is known from its first ping on, and renewed then, to learn when it ends.
 */
@Injectable()
export class RenewWebhooks implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RenewWebhooks.name);
  private readonly lease: FleetLease;
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> | undefined;

  constructor(
    private readonly feeds: AirtableFeeds,
    private readonly api: AirtableApi,
    private readonly database: Database,
    bus: MessageBus,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RNG) private readonly rng: Rng,
    @Inject(WEBHOOK_INGEST_SETTINGS) private readonly settings: WebhookIngestSettings,
  ) {
    this.lease = new FleetLease(bus, clock, {
      name: 'airtable-renewals',
      replicaId: settings.replicaId,
      lastsMs: settings.airtableRenewalEveryMs * 1.5,
    });
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.round ??= this.renewDue().finally(() => (this.round = undefined));
    }, this.settings.airtableRenewalEveryMs);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.round;
    await this.lease.release().catch(() => undefined);
  }

  private async renewDue(): Promise<void> {
    try {
      if (this.database.state !== 'connected' || !(await this.lease.isHeld())) return;
      const nowMs = this.clock.nowMs();
      // Taken, not only looked up: a round that outlasts the lease must not be another replica's too.
      const due = await this.feeds.takeRenewals(nowMs, nowMs + TRY_AGAIN_MS, WEBHOOKS_A_ROUND);
      for (const feed of due) await this.renew(feed);
    } catch (error) {
      this.logger.warn(`Airtable's webhooks are renewed later: ${String(error)}`);
    }
  }

  private async renew(feed: FeedKey): Promise<void> {
    const nowMs = this.clock.nowMs();
    const answer = await this.api.refresh(feed).catch((error: unknown) => String(error));
    const expiresAtMs = typeof answer === 'string' ? null : expiryOf(answer.body, nowMs);
    if (typeof answer !== 'string' && answer.status === 200 && expiresAtMs !== null) {
      await this.feeds.renewed(feed, {
        expiresAtMs,
        // One that ends sooner than it should is not asked for again and again.
        renewAtMs: Math.max(renewalDueAtMs(expiresAtMs), nowMs + TRY_AGAIN_MS),
        goneAtMs: null,
      });
      return;
    }
    const isGone = typeof answer !== 'string' && answer.status === 404;
    const reason = typeof answer === 'string' ? answer : `Airtable answered ${answer.status}`;
    this.logger.warn(`The webhook ${feed.baseId}/${feed.webhookId} was not renewed: ${reason}`);
    await this.feeds.renewed(feed, {
      expiresAtMs: null,
      renewAtMs: nowMs + TRY_AGAIN_MS * (0.5 + 0.5 * this.rng()),
      goneAtMs: isGone ? nowMs : null,
    });
  }
}

/** `{ "expirationTime": "…" }`; null for anything but a time of the next seven days or so. */
function expiryOf(body: unknown, nowMs: number): number | null {
  if (typeof body !== 'object' || body === null || !('expirationTime' in body)) return null;
  const ms = typeof body.expirationTime === 'string' ? Date.parse(body.expirationTime) : NaN;
  return ms > nowMs && ms < nowMs + 2 * WEBHOOK_LIFETIME_MS ? ms : null;
}
