import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CLOCK } from '@signalbox/hosting';
import { Database, Partitions, expireWebhooks } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';

/** Partitions are made a week ahead, and a day more of old keys harms nobody. */
const EVERY_MS = 3_600_000;

/** Makes the partitions that webhooks go into, and lets go of what is past 30 days. Replicas may all do it. */
@Injectable()
export class WebhookUpkeep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(WebhookUpkeep.name);
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
      const nowMs = this.clock.nowMs();
      await this.partitions.maintain(nowMs);
      const expired = await expireWebhooks(this.database, nowMs);
      if (expired > 0) this.logger.log(`${expired} rows of webhooks past their 30 days are gone`);
    } catch (error) {
      this.logger.warn(`Webhooks were not maintained, next try in an hour: ${String(error)}`);
    }
  }
}
