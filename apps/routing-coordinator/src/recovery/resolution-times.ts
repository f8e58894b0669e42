import { Injectable } from '@nestjs/common';
import type { RecoveryAction, ServiceName } from '@signalbox/contracts';
import { Schedule } from '@signalbox/hosting';
import { RecoveryStore } from '@signalbox/persistence';

/** Recoveries last minutes: a mean that is a minute old is as good as new. */
const REFRESH_MS = 60_000;

/** How long each plan took to bring each service back so far, kept in memory so that nobody waits for the database. */
@Injectable()
export class ResolutionTimes {
  private means = new Map<string, number>();

  constructor(
    private readonly store: RecoveryStore,
    schedule: Schedule,
  ) {
    schedule.every({
      work: 'Refresh of resolution times',
      everyMs: REFRESH_MS,
      round: () => this.refresh(),
      atOnce: true,
    });
  }

  /** Minutes; null before the first activation has ended in recovery. */
  meanMinutes(service: ServiceName, action: RecoveryAction): number | null {
    return this.means.get(`${service}:${action}`) ?? null;
  }

  private async refresh(): Promise<void> {
    const rows = await this.store.meanResolutions();
    this.means = new Map(rows.map((row) => [`${row.serviceName}:${row.action}`, row.meanMinutes]));
  }
}
