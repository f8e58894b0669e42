import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { BUDGETS_BUCKET, type BudgetState, type ServiceName, type SpendView } from '@signalbox/contracts';
import { MessageBus, type BucketWatch } from '@signalbox/messaging';

/** Every service's spend as the cost optimizer last put it in the bucket: current to a tenth of a second. */
@Injectable()
export class LiveSpend implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly states = new Map<string, BudgetState>();
  private watch: BucketWatch<BudgetState> | undefined;

  constructor(private readonly bus: MessageBus) {}

  onApplicationBootstrap(): void {
    this.watch = this.bus.bucket<BudgetState>(BUDGETS_BUCKET).watch((key, entry) => {
      if (entry === null) this.states.delete(key);
      else this.states.set(key, entry.value);
    });
  }

  beforeApplicationShutdown(): void {
    this.watch?.stop();
  }

  /** Null before the first budget state of the service. */
  of(serviceName: ServiceName): SpendView | null {
    const state = this.states.get(serviceName);
    if (state === undefined) return null;
    return { day: state.day, month: state.month, band: state.band, asOf: state.occurredAt };
  }
}
