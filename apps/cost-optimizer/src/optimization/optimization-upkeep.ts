import { Inject, Injectable } from '@nestjs/common';
import { SERVICE_NAMES } from '@signalbox/contracts';
import { CLOCK, Schedule } from '@signalbox/hosting';
import { Database, RecommendationStore } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { ChangeSettings } from './change-settings.js';
import { RealisedSavings } from './realised-savings.js';

const EVERY_MS = 60_000;
/** A replay of the calls since: no figure changes faster than people look. */
const MEASURED_EVERY_MS = 600_000;
const LASTS_MS = 150_000;
const KEPT_MS = 90 * 86_400_000;

/** One replica of the fleet keeps what recommendations say true: what they saved, and what was left half done. */
@Injectable()
export class OptimizationUpkeep {
  private measuredAtMs = -Infinity;

  constructor(
    @Inject(Database) database: Database,
    private readonly recommendations: RecommendationStore,
    private readonly settings: ChangeSettings,
    private readonly realised: RealisedSavings,
    @Inject(CLOCK) private readonly clock: Clock,
    schedule: Schedule,
  ) {
    schedule.every({
      work: 'Upkeep of recommendations',
      everyMs: EVERY_MS,
      oneReplica: { lease: 'optimization-upkeep', lastsMs: LASTS_MS },
      isReady: () => database.state === 'connected',
      round: () => this.round(),
    });
  }

  private async round(): Promise<void> {
    await this.settings.finishAbandoned();
    const nowMs = this.clock.nowMs();
    if (nowMs - this.measuredAtMs < MEASURED_EVERY_MS) return;
    this.measuredAtMs = nowMs;
    await this.realised.measure(SERVICE_NAMES);
    await this.recommendations.purge(nowMs - KEPT_MS);
  }
}
