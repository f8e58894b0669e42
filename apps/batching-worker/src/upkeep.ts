import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CLOCK } from '@signalbox/hosting';
import { BatchItemStore, BatchStatistics } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { BATCHING_SETTINGS, type BatchingWorkerSettings } from './config.js';

const EVERY_MS = 60_000;
const DAY_MS = 86_400_000;
const DEAD_KEPT_MS = 30 * DAY_MS;
const SUMS_KEPT_MS = 90 * DAY_MS;
/** Rows in one statement, so that nobody waits for the upkeep. */
const PAGE = 2_000;
const MOST_PAGES = 50;

/** Lets go of what ended long ago. Several replicas may do it at once. */
@Injectable()
export class Upkeep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Upkeep.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly items: BatchItemStore,
    private readonly statistics: BatchStatistics,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(BATCHING_SETTINGS) private readonly settings: BatchingWorkerSettings,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.run(), EVERY_MS);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async run(): Promise<void> {
    try {
      const nowMs = this.clock.nowMs();
      const endedBeforeMs = nowMs - this.settings.batchResultsKeptHours * 3_600_000;
      const deadBeforeMs = Math.min(endedBeforeMs, nowMs - DEAD_KEPT_MS);
      for (let page = 0; page < MOST_PAGES; page++) {
        if ((await this.items.purge(endedBeforeMs, deadBeforeMs, PAGE)) < PAGE) break;
      }
      await this.statistics.purge(nowMs - SUMS_KEPT_MS);
    } catch (error) {
      this.logger.warn(`Old requests are kept a while longer: ${String(error)}`);
    }
  }
}
