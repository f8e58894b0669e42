import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { BatchSettlements, type Settled, type Settling } from '@signalbox/persistence';
import { EndWatch } from '../accept/end-watch.js';
import { BatchNewsDesk } from './batch-news-desk.js';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;
/** By a database that is there; however long it was away before counts for nothing. */
const MOST_REFUSALS = 11;

/**
 * Writes what became of requests, for as long as it takes: a provider's answer is in memory and nowhere else. Whoever
 * waits is woken when it is written, and the news goes out.
 */
@Injectable()
export class Settlement implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Settlement.name);
  private closing = false;

  constructor(
    private readonly settlements: BatchSettlements,
    private readonly ends: EndWatch,
    private readonly news: BatchNewsDesk,
  ) {}

  beforeApplicationShutdown(): void {
    this.closing = true;
  }

  /** Rejects when it could not be written: PostgreSQL is away and this process is going. */
  async settle(settling: Settling): Promise<Settled> {
    const settled = await this.write(settling);
    for (const { requestId } of settling.ended) if (settled.has(requestId)) this.ends.ended(requestId);
    if (settling.news.length > 0) this.news.tell(settling.news);
    return settled;
  }

  private async write(settling: Settling): Promise<Settled> {
    let refusals = 0;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.settlements.settle(settling);
      } catch (error) {
        const isAway = error instanceof SignalboxError && error.code === 'DEPENDENCY_UNAVAILABLE';
        if (attempt === 0)
          this.logger.error(`What became of requests cannot be written yet: ${String(error)}`);
        // Anything else than an absent database (a deadlock, a failover half done) may pass too, but not for ever.
        if (!isAway) refusals += 1;
        if (this.closing ? attempt > 5 : refusals > MOST_REFUSALS) throw error;
        await this.pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 5)));
      }
    }
  }

  protected async pause(ms: number): Promise<void> {
    await delay(ms);
  }
}
