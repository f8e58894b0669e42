import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, RNG, Schedule } from '@signalbox/hosting';
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
export class RenewWebhooks {
  private readonly logger = new Logger(RenewWebhooks.name);

  constructor(
    private readonly feeds: AirtableFeeds,
    private readonly api: AirtableApi,
    database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RNG) private readonly rng: Rng,
    @Inject(WEBHOOK_INGEST_SETTINGS) { airtableRenewalEveryMs: everyMs }: WebhookIngestSettings,
    schedule: Schedule,
  ) {
    schedule.every({
      work: 'Renewal of Airtable’s webhooks',
      everyMs,
      oneReplica: { lease: 'airtable-renewals', lastsMs: everyMs * 1.5 },
      isReady: () => database.state === 'connected',
      round: () => this.renewDue(),
    });
  }

  private async renewDue(): Promise<void> {
    const nowMs = this.clock.nowMs();
    // Taken, not only looked up: a round that outlasts the lease must not be another replica's too.
    const due = await this.feeds.takeRenewals(nowMs, nowMs + TRY_AGAIN_MS, WEBHOOKS_A_ROUND);
    for (const feed of due) await this.renew(feed);
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
