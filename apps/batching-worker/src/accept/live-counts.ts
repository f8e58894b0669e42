import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { ServiceName } from '@signalbox/contracts';
import { BatchItemStore } from '@signalbox/persistence';

const REFRESH_MS = 1_000;

/** About how many requests of each service have not ended: as PostgreSQL said a second ago, and those taken here since. */
@Injectable()
export class LiveCounts implements BeforeApplicationShutdown {
  private counts: Partial<Record<ServiceName, number>> | null = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly items: BatchItemStore) {}

  beforeApplicationShutdown(): void {
    clearTimeout(this.timer);
  }

  /** Null until it is known. */
  before(serviceName: ServiceName): number | null {
    // Asked only while somebody wants to know.
    this.timer ??= setTimeout(() => void this.refresh(), this.counts === null ? 0 : REFRESH_MS);
    return this.counts === null ? null : (this.counts[serviceName] ?? 0);
  }

  added(serviceName: ServiceName): void {
    if (this.counts !== null) this.counts[serviceName] = (this.counts[serviceName] ?? 0) + 1;
  }

  private async refresh(): Promise<void> {
    try {
      this.counts = await this.items.liveCounts();
    } catch {
      this.counts = null;
    } finally {
      this.timer = undefined;
    }
  }
}
