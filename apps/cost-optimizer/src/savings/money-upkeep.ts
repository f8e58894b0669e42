import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CLOCK } from '@signalbox/hosting';
import { CostTallies, Database, RefusalTallies } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';

/** Hours close once an hour; without it the answers are the same, and slower. */
const EVERY_MS = 900_000;
/** As long as the tallies of history are kept. */
const KEPT_MS = 90 * 86_400_000;

/** Counts the money of the hours that history has closed. Replicas may all do it. */
@Injectable()
export class MoneyUpkeep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(MoneyUpkeep.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly costs: CostTallies,
    private readonly refusals: RefusalTallies,
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
      await this.costs.countPast();
      await this.refusals.purge(this.clock.nowMs() - KEPT_MS);
    } catch (error) {
      this.logger.warn(`The money of past hours was not counted, next try in 15 minutes: ${String(error)}`);
    }
  }
}
