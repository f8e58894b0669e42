import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { AirtableFeeds, type FeedKey } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { FIRST_CURSOR } from '@signalbox/webhooks';
import { CommitQueue, type Weighted } from '../storing/commit-queue.js';
import { ReadFeeds } from './read-feeds.js';

interface Ping extends FeedKey, Weighted {}

/** Makes pings durable, those that come together in one transaction, and has their feeds read. */
@Injectable()
export class PingFeeds {
  private readonly queue: CommitQueue<Ping, boolean>;

  constructor(
    feeds: AirtableFeeds,
    private readonly reading: ReadFeeds,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.queue = new CommitQueue((pings) => feeds.ping(pings, FIRST_CURSOR, clock.nowMs()), {
      maxRows: 500,
      maxWaitingRows: 5_000,
      maxWaitingBytes: 1024 ** 2,
    });
  }

  /** Resolves when it is durable that the feed is behind. */
  async ping({ baseId, webhookId }: FeedKey): Promise<void> {
    const isKept = await this.queue.commit({ baseId, webhookId, rows: 1, bytes: 100 });
    if (!isKept) {
      throw new SignalboxError(
        'DEPENDENCY_UNAVAILABLE',
        'Too many Airtable webhooks are followed',
        undefined,
        60,
      );
    }
    this.reading.wake();
  }
}
