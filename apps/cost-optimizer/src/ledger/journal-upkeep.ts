import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CLOCK } from '@signalbox/hosting';
import { Database, LedgerHours, Partitions } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';

/** Partitions are made a week ahead and an hour is closed a day after its end: there is all the time it needs. */
const EVERY_MS = 600_000;

/** Sums up the hours of the journal that are over and drops what is past its retention. Replicas may all do it. */
@Injectable()
export class JournalUpkeep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(JournalUpkeep.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly hours: LedgerHours,
    @Inject(Partitions) private readonly partitions: Partitions,
    @Inject(Database) private readonly database: Database,
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
      await this.hours.close(nowMs);
      await this.partitions.maintain(nowMs);
    } catch (error) {
      this.logger.warn(`The journal was not maintained, next try in ten minutes: ${String(error)}`);
    }
  }
}
