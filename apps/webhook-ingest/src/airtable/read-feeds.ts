import { randomUUID } from 'node:crypto';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CLOCK, RNG } from '@signalbox/hosting';
import { AirtableFeeds, Database, type ClaimedFeed } from '@signalbox/persistence';
import type { Clock, Rng } from '@signalbox/statistics';
import { readPayloadPage, type PayloadPage } from '@signalbox/webhooks';
import { WebhookCounts } from '../statistics/webhook-counts.js';
import { StoreEvents } from '../storing/store-events.js';
import { AirtableApi } from './airtable-api.js';

const LOOK_EVERY_MS = 500;
/** Renewed with every page: a page is at most a call of ten seconds and its turn. */
const CLAIM_MS = 30_000;
const MAX_WAIT_MS = 5 * 60_000;
const FIRST_WAIT_MS = 1_000;
const AFTER_LIMIT_MS = 30_000;

/** Airtable, or we, cannot go on with a feed now. */
class FeedFailure extends Error {
  constructor(
    message: string,
    readonly status: number | null,
  ) {
    super(message);
  }
}

/**
 * Reads the change feeds of Airtable that pings say are behind: page by page from the cursor that is kept, each page
 * durable before the cursor moves on. A page that is read twice is known by its events' ids.
 */
@Injectable()
export class ReadFeeds implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ReadFeeds.name);
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | undefined;
  private lookAgain = false;
  private isStopping = false;

  constructor(
    private readonly feeds: AirtableFeeds,
    private readonly api: AirtableApi,
    private readonly events: StoreEvents,
    private readonly counts: WebhookCounts,
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RNG) private readonly rng: Rng,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      if (this.database.state === 'connected') this.wake();
    }, LOOK_EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.timer);
    await this.working;
  }

  /** Something may be behind. */
  wake(): void {
    this.lookAgain = true;
    this.working ??= this.readAll().finally(() => (this.working = undefined));
  }

  private async readAll(): Promise<void> {
    try {
      while (this.lookAgain && !this.isStopping) {
        this.lookAgain = false;
        const nowMs = this.clock.nowMs();
        const claim = randomUUID();
        const feed = await this.feeds.claim({ claim, nowMs, claimedUntilMs: nowMs + CLAIM_MS });
        if (feed === null) continue;
        this.lookAgain = true;
        await this.read(feed, claim);
      }
    } catch (error) {
      this.logger.debug(`Airtable's feeds are read later: ${String(error)}`);
    }
  }

  private async read(feed: ClaimedFeed, claim: string): Promise<void> {
    try {
      for (let { cursor } = feed; ;) {
        const page = await this.page(feed, cursor);
        await this.store(page);
        const claimedUntilMs = this.clock.nowMs() + CLAIM_MS;
        const isMine = await this.feeds.advance(feed, claim, { cursor: page.nextCursor, claimedUntilMs });
        // Another replica has taken over: it reads on from what is kept.
        if (!isMine) return;
        if (!page.mightHaveMore) break;
        if (this.isStopping) return await this.feeds.release(feed, claim);
        cursor = page.nextCursor;
      }
      await this.feeds.finish(feed, claim, feed.pings);
    } catch (error) {
      await this.fail(feed, claim, error);
    }
  }

  private async page(feed: ClaimedFeed, cursor: number): Promise<PayloadPage> {
    const { status, body } = await this.api.payloads(feed, cursor);
    if (status !== 200) throw new FeedFailure(`Airtable answered ${status}`, status);
    const page = readPayloadPage({ ...feed, cursor }, body);
    if (page.kind === 'unreadable') throw new FeedFailure(`Airtable's answer: ${page.detail}`, status);
    return page;
  }

  private async store({ events }: PayloadPage): Promise<void> {
    const origin = { receivedAtMs: this.clock.nowMs(), address: null, secretId: null };
    const { duplicates } = await this.events.store(events, origin);
    this.counts.count('airtable', 'events', events.length);
    this.counts.count('airtable', 'duplicate', duplicates);
  }

  private async fail(feed: ClaimedFeed, claim: string, error: unknown): Promise<void> {
    if (this.isStopping) return this.feeds.release(feed, claim);
    const nowMs = this.clock.nowMs();
    const status = error instanceof FeedFailure ? error.status : null;
    const reason = (error instanceof Error ? error.message : String(error)).slice(0, 500);
    const doubled = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(feed.failures, 20));
    const waitMs = Math.max(status === 429 ? AFTER_LIMIT_MS : 0, doubled * (0.5 + 0.5 * this.rng()));
    const isGone = status === 404;
    const { baseId, webhookId } = feed;
    this.logger.warn(
      `The feed ${baseId}/${webhookId} could not be read${isGone ? ', Airtable no longer knows it' : ''}: ${reason}`,
    );
    await this.feeds.fail(feed, claim, {
      reason,
      dueAtMs: nowMs + waitMs,
      goneAtMs: isGone ? nowMs : null,
    });
  }
}
