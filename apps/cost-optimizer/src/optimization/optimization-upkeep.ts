import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SERVICE_NAMES } from '@signalbox/contracts';
import { CLOCK, FleetLease, HOSTED, type Hosted } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
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
export class OptimizationUpkeep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(OptimizationUpkeep.name);
  private readonly lease: FleetLease;
  private timer: NodeJS.Timeout | undefined;
  private measuredAtMs = -Infinity;
  private isBusy = false;

  constructor(
    @Inject(MessageBus) bus: MessageBus,
    @Inject(HOSTED) { replicaId }: Hosted,
    @Inject(Database) private readonly database: Database,
    private readonly recommendations: RecommendationStore,
    private readonly settings: ChangeSettings,
    private readonly realised: RealisedSavings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.lease = new FleetLease(bus, clock, { name: 'optimization-upkeep', replicaId, lastsMs: LASTS_MS });
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.round(), EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.lease.release().catch(() => undefined);
  }

  private async round(): Promise<void> {
    if (this.isBusy || this.database.state !== 'connected') return;
    this.isBusy = true;
    try {
      if (!(await this.lease.isHeld())) return;
      await this.settings.finishAbandoned();
      const nowMs = this.clock.nowMs();
      if (nowMs - this.measuredAtMs < MEASURED_EVERY_MS) return;
      this.measuredAtMs = nowMs;
      await this.realised.measure(SERVICE_NAMES);
      await this.recommendations.purge(nowMs - KEPT_MS);
    } catch (error) {
      this.logger.warn(`Recommendations are not kept up for now, next try in a minute: ${String(error)}`);
    } finally {
      this.isBusy = false;
    }
  }
}
