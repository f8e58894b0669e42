import { Inject, Injectable } from '@nestjs/common';
import type { ServiceName } from '@signalbox/contracts';
import type { Clock } from '@signalbox/statistics';
import { CLOCK } from '@signalbox/hosting';

/** A refusal older than this says nothing about the budget now. */
const RECENT_MS = 60_000;

/** Which services lately had calls refused because money alone forbade them. */
@Injectable()
export class BudgetRefusals {
  private readonly lastMs = new Map<ServiceName, number>();

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  refused(service: ServiceName): void {
    this.lastMs.set(service, this.clock.nowMs());
  }

  isRecent(service: ServiceName): boolean {
    return this.clock.nowMs() - (this.lastMs.get(service) ?? -Infinity) < RECENT_MS;
  }
}
