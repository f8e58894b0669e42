import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, Schedule } from '@signalbox/hosting';
import { BatchItemStore, BatchStatistics, Database } from '@signalbox/persistence';
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
export class Upkeep {
  constructor(
    private readonly items: BatchItemStore,
    private readonly statistics: BatchStatistics,
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(BATCHING_SETTINGS) private readonly settings: BatchingWorkerSettings,
    schedule: Schedule,
  ) {
    schedule.every({ work: 'Upkeep of batch requests', everyMs: EVERY_MS, round: () => this.round() });
  }

  private async round(): Promise<void> {
    if (this.database.state !== 'connected') return;
    const nowMs = this.clock.nowMs();
    const endedBeforeMs = nowMs - this.settings.batchResultsKeptHours * 3_600_000;
    const deadBeforeMs = Math.min(endedBeforeMs, nowMs - DEAD_KEPT_MS);
    for (let page = 0; page < MOST_PAGES; page++) {
      if ((await this.items.purge(endedBeforeMs, deadBeforeMs, PAGE)) < PAGE) break;
    }
    await this.statistics.purge(nowMs - SUMS_KEPT_MS);
  }
}
