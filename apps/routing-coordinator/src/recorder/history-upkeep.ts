import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, Schedule } from '@signalbox/hosting';
import { AnalyticsStore, Database, Partitions } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';

/** Partitions are made a week ahead: an hourly look has all the time it needs. */
const EVERY_MS = 3_600_000;

/**
 * Makes the partitions that history goes into, drops those past their retention and counts the hours that are
 * over. Replicas may all do it.
 */
@Injectable()
export class HistoryUpkeep {
  private readonly logger = new Logger(HistoryUpkeep.name);

  constructor(
    private readonly partitions: Partitions,
    private readonly analytics: AnalyticsStore,
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    schedule: Schedule,
  ) {
    schedule.every({ work: 'History upkeep', everyMs: EVERY_MS, round: () => this.round() });
  }

  private async round(): Promise<void> {
    if (this.database.state !== 'connected') return;
    const nowMs = this.clock.nowMs();
    const { dropped } = await this.partitions.maintain(nowMs);
    await this.analytics.tallyPastHours(nowMs);
    if (dropped.length > 0) this.logger.log(`History past its retention is dropped: ${dropped.join(', ')}`);
  }
}
