import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CLOCK } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
import { Database, WebhookOutbox, type FactToTell } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';

const SWEEP_EVERY_MS = 1_000;
const SWEEP_FACTS = 1_000;
/** Beyond so many under way a sweep waits: the process's outbox is for others too. */
const MAX_SWEPT_UNDER_WAY = 5_000;
/** A sweeper has so long to tell what it took before another one takes it. */
const SWEPT_FOR_MS = 30_000;
/** Rows that JetStream has are deleted together, that often. */
const FORGET_EVERY_MS = 100;
/** Those waiting to be deleted at most; what is beyond is told again by a sweep, and recognised. */
const MAX_TOLD = 50_000;

/**
 * Tells the facts of the outbox. Whoever commits one tells it right after; a sweep tells those whose teller died, or
 * that were written while NATS was away. Each is told under its own id until JetStream has it, so that it comes once
 * within the stream's memory, and once for consumers who know an id in any case.
 */
@Injectable()
export class TellFacts implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(TellFacts.name);
  /** Told and not yet acknowledged: until when nobody here tells them again, by id. */
  private readonly underWay = new Map<string, number>();
  private stored: string[] = [];
  private readonly timers: NodeJS.Timeout[] = [];
  private sweeping = false;
  private forgetting: Promise<void> = Promise.resolve();
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly outbox: WebhookOutbox,
    private readonly bus: MessageBus,
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.timers.push(
      setInterval(() => void this.sweep(), SWEEP_EVERY_MS),
      setInterval(() => this.forgetSoon(), FORGET_EVERY_MS),
    );
    this.stopListening = this.bus.onStateChange((state) => {
      if (state === 'connected') void this.sweep();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.stopListening();
    this.forgetSoon();
    await this.forgetting;
  }

  /** The fact is in the outbox: tells it, unless NATS is away. */
  tell({ factId, fact, serviceName, body }: FactToTell): void {
    if (this.bus.state !== 'connected') return;
    this.underWay.set(factId, this.clock.nowMs() + SWEPT_FOR_MS);
    // The facts of an outbox are all of a service; the compiler cannot see it through the union.
    const onStored = (): void => this.isStored(factId);
    this.bus.postText<FactToTell['fact']>(fact, serviceName, body, { msgId: factId, onStored });
  }

  private isStored(factId: string): void {
    this.underWay.delete(factId);
    if (this.stored.length < MAX_TOLD) this.stored.push(factId);
  }

  private forgetSoon(): void {
    if (this.stored.length === 0 || this.database.state !== 'connected') return;
    const factIds = this.stored;
    this.stored = [];
    this.forgetting = this.forgetting
      .then(() => this.outbox.forget(factIds))
      .catch((error: unknown) => {
        this.stored.push(...factIds.slice(0, MAX_TOLD - this.stored.length));
        this.logger.debug(`The outbox keeps ${factIds.length} facts for now: ${String(error)}`);
      });
  }

  private async sweep(): Promise<void> {
    if (this.sweeping || this.bus.state !== 'connected' || this.database.state !== 'connected') return;
    this.sweeping = true;
    this.forgetLongGone(this.clock.nowMs());
    try {
      while (this.underWay.size < MAX_SWEPT_UNDER_WAY) {
        const nowMs = this.clock.nowMs();
        const facts = await this.outbox.overdue(nowMs, nowMs + SWEPT_FOR_MS, SWEEP_FACTS);
        for (const fact of facts) if ((this.underWay.get(fact.factId) ?? 0) <= nowMs) this.tell(fact);
        if (facts.length < SWEEP_FACTS) break;
        this.logger.log(`${facts.length} facts are told that waited for NATS or for a teller`);
      }
    } catch (error) {
      this.logger.debug(`The outbox is swept later: ${String(error)}`);
    } finally {
      this.sweeping = false;
    }
  }

  /** What the bus has let go is never acknowledged: a later sweep tells it again. */
  private forgetLongGone(nowMs: number): void {
    for (const [factId, untilMs] of this.underWay) if (untilMs < nowMs) this.underWay.delete(factId);
  }
}
