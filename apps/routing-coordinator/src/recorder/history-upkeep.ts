import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { AnalyticsStore, Database, Partitions } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { CLOCK } from '@signalbox/hosting';

/** Partitions are made a week ahead: an hourly look has all the time it needs. */
const EVERY_MS = 3_600_000;

/**
 * Makes the partitions that history goes into, drops those past their retention and counts the hours that are
 * over. Replicas may all do it.
 */
@Injectable()
export class HistoryUpkeep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(HistoryUpkeep.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly partitions: Partitions,
    private readonly analytics: AnalyticsStore,
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.round(), EVERY_MS);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async round(): Promise<void> {
    if (this.database.state !== 'connected') return;
    try {
      const nowMs = this.clock.nowMs();
      const { dropped } = await this.partitions.maintain(nowMs);
      await this.analytics.tallyPastHours(nowMs);
      if (dropped.length > 0) this.logger.log(`History past its retention is dropped: ${dropped.join(', ')}`);
    } catch (error) {
      this.logger.warn(`History was not maintained, next try in an hour: ${String(error)}`);
    }
  }
}
