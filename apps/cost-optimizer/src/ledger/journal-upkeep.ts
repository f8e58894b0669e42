import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, Schedule } from '@signalbox/hosting';
import { Database, LedgerHours, Partitions } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';

/** Partitions are made a week ahead and an hour is closed a day after its end: there is all the time it needs. */
const EVERY_MS = 600_000;

/** Sums up the hours of the journal that are over and drops what is past its retention. Replicas may all do it. */
@Injectable()
export class JournalUpkeep {
  constructor(
    private readonly hours: LedgerHours,
    @Inject(Partitions) private readonly partitions: Partitions,
    @Inject(Database) private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    schedule: Schedule,
  ) {
    schedule.every({
      work: 'Upkeep of the ledger’s journal',
      everyMs: EVERY_MS,
      round: () => this.round(),
      // A process that is restarted more often would never come to it.
      atOnce: true,
    });
  }

  private async round(): Promise<void> {
    if (this.database.state !== 'connected') return;
    const nowMs = this.clock.nowMs();
    await this.hours.close(nowMs);
    await this.partitions.maintain(nowMs);
  }
}
