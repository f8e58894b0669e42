import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import type { RecoveryAction, ServiceName } from '@signalbox/contracts';
import { RecoveryStore } from '@signalbox/persistence';

/** Recoveries last minutes: a mean that is a minute old is as good as new. */
const REFRESH_MS = 60_000;

/** How long each plan took to bring each service back so far, kept in memory so that nobody waits for the database. */
@Injectable()
export class ResolutionTimes implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ResolutionTimes.name);
  private means = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly store: RecoveryStore) {}

  onApplicationBootstrap(): void {
    void this.refresh();
    this.timer = setInterval(() => void this.refresh(), REFRESH_MS);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Minutes; null before the first activation has ended in recovery. */
  meanMinutes(service: ServiceName, action: RecoveryAction): number | null {
    return this.means.get(`${service}:${action}`) ?? null;
  }

  private async refresh(): Promise<void> {
    try {
      const rows = await this.store.meanResolutions();
      this.means = new Map(rows.map((row) => [`${row.serviceName}:${row.action}`, row.meanMinutes]));
    } catch (error) {
      this.logger.debug(`Resolution times are not refreshed: ${String(error)}`);
    }
  }
}
