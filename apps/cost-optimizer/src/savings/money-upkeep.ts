import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, Schedule } from '@signalbox/hosting';
import { CostTallies, Database, RefusalTallies } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';

/** Hours close once an hour; without it the answers are the same, and slower. */
const EVERY_MS = 900_000;
/** As long as the tallies of history are kept. */
const KEPT_MS = 90 * 86_400_000;

/** Counts the money of the hours that history has closed. Replicas may all do it. */
@Injectable()
export class MoneyUpkeep {
  constructor(
    private readonly costs: CostTallies,
    private readonly refusals: RefusalTallies,
    @Inject(Database) private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    schedule: Schedule,
  ) {
    schedule.every({
      work: 'Counting the money of past hours',
      everyMs: EVERY_MS,
      round: () => this.round(),
    });
  }

  private async round(): Promise<void> {
    if (this.database.state !== 'connected') return;
    await this.costs.countPast();
    await this.refusals.purge(this.clock.nowMs() - KEPT_MS);
  }
}
