import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { Database, Partitions } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { CLOCK } from '../engine/ambient.js';

/** Partitions are made a week ahead: an hourly look has all the time it needs. */
const EVERY_MS = 3_600_000;

/** Makes the partitions that history goes into and drops those past their retention. Replicas may all do it. */
@Injectable()
export class HistoryUpkeep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(HistoryUpkeep.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly partitions: Partitions,
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
      const { dropped } = await this.partitions.maintain(this.clock.nowMs());
      if (dropped.length > 0) this.logger.log(`History past its retention is dropped: ${dropped.join(', ')}`);
    } catch (error) {
      this.logger.warn(`History partitions were not maintained, next try in an hour: ${String(error)}`);
    }
  }
}
