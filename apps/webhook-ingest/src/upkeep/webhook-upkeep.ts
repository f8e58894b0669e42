import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, Schedule } from '@signalbox/hosting';
import { Database, Partitions, expireWebhooks } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';

/** Partitions are made a week ahead, and a day more of old keys harms nobody. */
const EVERY_MS = 3_600_000;

/** Makes the partitions that webhooks go into, and lets go of what is past 30 days. Replicas may all do it. */
@Injectable()
export class WebhookUpkeep {
  private readonly logger = new Logger(WebhookUpkeep.name);

  constructor(
    private readonly partitions: Partitions,
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    schedule: Schedule,
  ) {
    schedule.every({ work: 'Webhook upkeep', everyMs: EVERY_MS, round: () => this.round() });
  }

  private async round(): Promise<void> {
    if (this.database.state !== 'connected') return;
    const nowMs = this.clock.nowMs();
    await this.partitions.maintain(nowMs);
    const expired = await expireWebhooks(this.database, nowMs);
    if (expired > 0) this.logger.log(`${expired} rows of webhooks past their 30 days are gone`);
  }
}
