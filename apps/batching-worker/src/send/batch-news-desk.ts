import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { eventContracts } from '@signalbox/contracts';
import { Schedule } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
import { BatchSettlements, type BatchNews } from '@signalbox/persistence';

const SWEEP_EVERY_MS = 5_000;
/** Older than any publication that is still under way. */
const FORGOTTEN_AFTER_MS = 15_000;
const MOST_AT_ONCE = 200;

/**
 * Tells what became of batches. The news is written with the ends it tells of and deleted once JetStream has it:
 * what a worker did not come to tell, another one does, under the same message id.
 */
@Injectable()
export class BatchNewsDesk implements BeforeApplicationShutdown {
  private readonly logger = new Logger(BatchNewsDesk.name);
  private readonly telling = new Set<Promise<void>>();

  constructor(
    private readonly bus: MessageBus,
    private readonly settlements: BatchSettlements,
    schedule: Schedule,
  ) {
    schedule.every({
      work: 'Sweep of untold batch news',
      everyMs: SWEEP_EVERY_MS,
      round: () => this.sweep(),
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.allSettled(this.telling);
  }

  /** In the background; what does not arrive now is told by a sweep. */
  tell(news: readonly BatchNews[]): void {
    const telling = this.publishAll(news).catch((error: unknown) =>
      this.logger.warn(`News of ${news.length} batches waits in PostgreSQL: ${String(error)}`),
    );
    this.telling.add(telling);
    void telling.finally(() => this.telling.delete(telling));
  }

  private async publishAll(news: readonly BatchNews[]): Promise<void> {
    const told: string[] = [];
    try {
      for (const { fact, serviceName, body, eventId } of news) {
        if (eventContracts[fact].check(body)) {
          await this.bus.publish(fact, serviceName, body);
        } else {
          this.logger.error(`${fact} ${eventId} breaks its contract and is not told`);
        }
        told.push(eventId);
      }
    } finally {
      if (told.length > 0) await this.settlements.told(told);
    }
  }

  private async sweep(): Promise<void> {
    if (this.bus.state !== 'connected') return;
    const untold = await this.settlements.untold(FORGOTTEN_AFTER_MS, MOST_AT_ONCE);
    if (untold.length > 0) await this.publishAll(untold);
  }
}
