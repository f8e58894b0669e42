import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { AdmissionRequest, Verdict } from '@signalbox/budgets';
import type { MicroUsd, ServiceName } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { RefusalTallies, type RefusalTally } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { ObservedLedger } from '../ledger/observed-ledger.js';

const FLUSH_EVERY_MS = 5_000;
const HOUR_MS = 3_600_000;
/** Refused request ids remembered, so that one that asks again counts once and one that is let in not at all. */
const MOST_REMEMBERED = 10_000;

/**
 * Counts what admission refused by what it was estimated to cost. A request that is let in later was not saved, and is
 * taken off again where this replica knows of its refusal.
 */
@Injectable()
export class Refusals implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Refusals.name);
  private readonly refused = new Map<string, { hourStartMs: number; estimateMicroUsd: MicroUsd }>();
  private unsaved = new Map<string, RefusalTally>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly ledger: ObservedLedger,
    private readonly tallies: RefusalTallies,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.ledger.subscribe({ answered: (request, verdict) => this.answered(request, verdict) });
    this.timer = setInterval(() => void this.flush(), FLUSH_EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  private answered(
    { serviceName, requestId, estimateMicroUsd }: AdmissionRequest,
    { allowed }: Verdict,
  ): void {
    const key = `${serviceName} ${requestId}`;
    const before = this.refused.get(key);
    if (allowed) {
      if (before === undefined) return;
      this.refused.delete(key);
      this.count(serviceName, before.hourStartMs, -1, -before.estimateMicroUsd);
    } else if (before === undefined) {
      const hourStartMs = Math.floor(this.clock.nowMs() / HOUR_MS) * HOUR_MS;
      if (this.refused.size >= MOST_REMEMBERED) this.forgetOldest();
      this.refused.set(key, { hourStartMs, estimateMicroUsd });
      this.count(serviceName, hourStartMs, 1, estimateMicroUsd);
    }
  }

  private count(
    serviceName: ServiceName,
    hourStartMs: number,
    calls: number,
    estimateMicroUsd: MicroUsd,
  ): void {
    const key = `${serviceName} ${hourStartMs}`;
    const tally = this.unsaved.get(key) ?? { hourStartMs, serviceName, calls: 0, estimateMicroUsd: 0 };
    tally.calls += calls;
    tally.estimateMicroUsd += estimateMicroUsd;
    this.unsaved.set(key, tally);
  }

  private forgetOldest(): void {
    const [oldest] = this.refused.keys();
    if (oldest !== undefined) this.refused.delete(oldest);
  }

  private async flush(): Promise<void> {
    if (this.unsaved.size === 0) return;
    const tallies = [...this.unsaved.values()];
    this.unsaved = new Map();
    try {
      await this.tallies.add(tallies);
    } catch (error) {
      // Its answer may have been lost after it was written: a figure that is too low is better than one too high.
      this.logger.warn(`${tallies.length} tallies of refusals are lost: ${String(error)}`);
    }
  }
}
