import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { CLOCK, FleetLease, HOSTED, Schedule, type Hosted, type Rounds } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
import { AnomalyStore, Database, MinuteSeries, ModelStore } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { ServiceSeries, type SeriesState } from './series.js';

const MODEL = 'anomaly-series';
const EVERY_MS = 10_000;
const LASTS_MS = 35_000;
const MINUTE_MS = 60_000;
/** After its end a minute is looked at: by then callers with ordinary patience have reported and history has it. */
const SETTLED_MS = 45_000;
/** Read and judged in one go; a longer outage is caught up on in the rounds after. */
const MINUTES_PER_ROUND = 240;
/** Further back than this nothing is news any more, but the detectors still learn from it. */
const LEARNED_MS = 24 * 3_600_000;
/** Detectors weigh a megabyte: what they learned since is learned again from history. */
const SAVED_EVERY_MS = 900_000;
const KEPT_MS = 90 * 86_400_000;

/**
 * Watches what each service costs, how long it takes and how often it fails, minute by minute, from recorded calls.
 * One replica does it; another one goes on from the saved state and the record, and finds the same. Each anomaly is
 * stored before it is told, and told under its own id.
 */
@Injectable()
export class AnomalyWatch implements BeforeApplicationShutdown {
  private readonly logger = new Logger(AnomalyWatch.name);
  private readonly lease: FleetLease;
  private series: ServiceSeries | null = null;
  private savedAtMs = 0;
  private readonly rounds: Rounds;

  constructor(
    private readonly minutes: MinuteSeries,
    private readonly anomalies: AnomalyStore,
    private readonly models: ModelStore,
    @Inject(Database) private readonly database: Database,
    @Inject(MessageBus) private readonly bus: MessageBus,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(HOSTED) { replicaId }: Hosted,
    schedule: Schedule,
  ) {
    this.lease = new FleetLease(bus, clock, { name: 'anomaly-watch', replicaId, lastsMs: LASTS_MS });
    this.rounds = schedule.every({
      work: 'Watch for anomalies',
      everyMs: EVERY_MS,
      round: () => this.round(),
      atOnce: true,
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.rounds.stop();
    if (this.series !== null) {
      await this.anomalies.record([], { name: MODEL, state: this.series.state() }).catch(() => undefined);
    }
    await this.lease.release().catch(() => undefined);
  }

  private async round(): Promise<void> {
    if (this.database.state !== 'connected' || this.bus.state !== 'connected') return;
    try {
      if (await this.lease.isHeld()) await this.look();
      else this.series = null;
    } catch (error) {
      // What was judged and not stored is judged again, from the saved state.
      this.series = null;
      throw error;
    }
  }

  private async look(): Promise<void> {
    const nowMs = this.clock.nowMs();
    const series = (this.series ??= await this.restored(nowMs));
    const settledMs = Math.floor((nowMs - SETTLED_MS) / MINUTE_MS) * MINUTE_MS;
    const untilMs = Math.min(settledMs, series.nextMinuteMs + MINUTES_PER_ROUND * MINUTE_MS);
    if (untilMs > series.nextMinuteMs) {
      const range = { fromMs: series.nextMinuteMs, toMs: untilMs };
      const seen = series.observe(await this.minutes.between(range), untilMs);
      if (seen.length > 0 || nowMs - this.savedAtMs >= SAVED_EVERY_MS) {
        await this.anomalies.record(seen, { name: MODEL, state: series.state() });
        this.savedAtMs = nowMs;
        await this.anomalies.purge(nowMs - KEPT_MS);
      }
    }
    await this.tell(nowMs);
  }

  private async tell(nowMs: number): Promise<void> {
    const untold = await this.anomalies.untold();
    for (const { anomalyId, at, ...anomaly } of untold) {
      const event = { eventId: anomalyId, occurredAt: at, ...anomaly };
      await this.bus.publish('anomalies.detected', anomaly.serviceName, event);
    }
    if (untold.length > 0) {
      await this.anomalies.told(
        untold.map(({ anomalyId }) => anomalyId),
        nowMs,
      );
    }
  }

  /** As saved, or from the beginning of a day's record. */
  private async restored(nowMs: number): Promise<ServiceSeries> {
    const saved = await this.models.load(MODEL);
    const earliestMs = Math.floor((nowMs - LEARNED_MS) / MINUTE_MS) * MINUTE_MS;
    const state = saved?.state as SeriesState | undefined;
    if (state?.version === 1 && state.nextMinuteMs >= earliestMs) {
      try {
        return ServiceSeries.restore(state);
      } catch (error) {
        this.logger.warn(`The saved detectors are not usable, they learn anew: ${String(error)}`);
      }
    }
    const firstMs = (await this.minutes.firstMs()) ?? nowMs;
    return new ServiceSeries(Math.max(earliestMs, Math.floor(firstMs / MINUTE_MS) * MINUTE_MS));
  }
}
