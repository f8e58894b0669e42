import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import type { BusSession } from '../bus-session.js';
import { pulling } from '../pulling.js';
import type { ConsumerDeps, Invoke } from './consumer-deps.js';
import type { HandlerExtras } from './decorators.js';
import { openDurable } from './durable.js';
import { EndOfTurn } from './end-of-turn.js';
import { FactHandling } from './fact-handling.js';
import { Slots } from './slots.js';
import { StreamConsumer } from './stream-consumer.js';
import { settle } from './verdict.js';

const CONCURRENCY = 64;
const MAX_DELIVER = 5;

/** A durable consumer that the replicas share: each message is handled by one of them. */
export class SharedConsumer extends StreamConsumer {
  private readonly handling: FactHandling;
  private readonly slots: Slots;
  private readonly settlements = new EndOfTurn();
  private readonly concurrency: number;

  constructor(
    private readonly extras: HandlerExtras & { kind: 'fact' },
    invoke: Invoke,
    deps: ConsumerDeps,
  ) {
    super(extras.fact, extras.consumer, deps);
    const { fact, consumer, maxDeliver = MAX_DELIVER, concurrency = CONCURRENCY, timeoutMs } = extras;
    this.handling = new FactHandling({ fact, consumer, maxDeliver, timeoutMs, invoke }, deps);
    this.concurrency = concurrency;
    this.slots = new Slots(concurrency);
  }

  protected override async open(session: BusSession): Promise<ConsumerMessages> {
    const durable = await openDurable(session, this.extras);
    // Enough in hand that a handler never waits for the network, little enough that another replica gets its share.
    return durable.consume(pulling(this.concurrency * 4));
  }

  protected override take(message: JsMsg): Promise<void> {
    return this.slots.start(async () => {
      const verdict = await this.handling.handle(message, message.info.deliveryCount);
      this.settlements.add(() => settle(message, verdict));
    });
  }

  protected override async finish(): Promise<void> {
    await this.slots.idle();
    this.settlements.flush();
  }
}
