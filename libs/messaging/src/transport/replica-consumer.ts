import { DeliverPolicy, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import { wildcardOf } from '@signalbox/contracts';
import type { BusSession } from '../bus-session.js';
import { pulling } from '../pulling.js';
import { pause } from '../waiting.js';
import { streamOf } from '../streams.js';
import type { ConsumerDeps, Invoke } from './consumer-deps.js';
import type { HandlerExtras } from './decorators.js';
import { FactHandling } from './fact-handling.js';
import { Slots } from './slots.js';
import { StreamConsumer } from './stream-consumer.js';

const MAX_DELIVER = 5;
/** Failed messages that wait here for another try; with that many, no new ones are read. */
const MAX_WAITING = 1_000;
const FULL_WAIT_MS = 250;

/**
 * A replica's own reading of a stream: each process gets each message. The place is kept here, as the sequence of
 * the last message received, and a consumer without acknowledgements is made from it in every session: NATS may be
 * killed and come back, and what was published meanwhile follows where this replica left off.
 */
export class ReplicaConsumer extends StreamConsumer {
  private readonly handling: FactHandling;
  private readonly slots: Slots;
  private readonly waiting = new Set<Promise<void>>();
  private place: { streamCreated: string; sequence: number } | undefined;

  constructor(
    private readonly extras: HandlerExtras & { kind: 'fact' },
    invoke: Invoke,
    deps: ConsumerDeps,
  ) {
    super(extras.fact, extras.consumer, deps);
    const { fact, consumer, maxDeliver = MAX_DELIVER, concurrency = 1, timeoutMs } = extras;
    this.handling = new FactHandling({ fact, consumer, maxDeliver, timeoutMs, invoke }, deps);
    this.slots = new Slots(concurrency);
  }

  protected override async open(session: BusSession): Promise<ConsumerMessages> {
    const stream = streamOf(this.fact);
    const { created, state } = await session.manager.streams.info(stream);
    this.place = { streamCreated: created, sequence: this.resumeAfter(created, state.last_seq) };
    const consumer = await session.jetstream.consumers.get(stream, {
      filter_subjects: wildcardOf(this.fact),
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.place.sequence + 1,
    });
    return consumer.consume(pulling(256));
  }

  protected override async take(message: JsMsg): Promise<void> {
    if (this.place) this.place.sequence = message.seq;
    while (this.waiting.size >= MAX_WAITING && !this.stopped.aborted) await pause(FULL_WAIT_MS, this.stopped);
    await this.slots.start(() => this.attempt(message, 1));
  }

  protected override async finish(): Promise<void> {
    await this.slots.idle();
    await Promise.all(this.waiting);
  }

  private async attempt(message: JsMsg, deliveries: number): Promise<void> {
    const verdict = await this.handling.handle(message, deliveries);
    if (verdict.settle !== 'retry' || this.stopped.aborted) return;
    // Not awaited: the slot is free meanwhile, and others overtake what fails.
    const again = this.attemptAfter(verdict.afterMs, message, deliveries + 1).finally(() =>
      this.waiting.delete(again),
    );
    this.waiting.add(again);
  }

  private async attemptAfter(waitMs: number, message: JsMsg, deliveries: number): Promise<void> {
    await pause(waitMs, this.stopped);
    if (!this.stopped.aborted) await this.slots.start(() => this.attempt(message, deliveries));
  }

  /** The sequence after which to read: the place left, unless the stream is another or lost its end. */
  private resumeAfter(streamCreated: string, lastSequence: number): number {
    if (!this.place) return this.extras.from === 'all' ? 0 : lastSequence;
    if (this.place.streamCreated !== streamCreated) return 0;
    return Math.min(this.place.sequence, lastSequence);
  }
}
