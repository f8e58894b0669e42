import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import type { BusSession } from '../bus-session.js';
import { inTime, pause } from '../waiting.js';
import { pulling } from '../pulling.js';
import { isPassing, messageOf } from '../unavailable.js';
import type { ConsumerDeps, Invoke } from './consumer-deps.js';
import { decodeFact } from './decode-fact.js';
import type { HandlerExtras } from './decorators.js';
import { openDurable } from './durable.js';
import { FailureCounts } from './failure-counts.js';
import { HANDLER_TIMEOUT_MS, StreamConsumer } from './stream-consumer.js';
import { retry, settle } from './verdict.js';

const MAX_DELIVER = 5;

interface Valid {
  message: JsMsg;
  payload: unknown;
}

/** Collects messages of a shared durable consumer and hands them over together, one batch at a time. */
export class BatchConsumer extends StreamConsumer {
  private readonly failures = new FailureCounts();
  private batch: JsMsg[] = [];
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> = Promise.resolve();
  private failedInARow = 0;

  constructor(
    private readonly extras: HandlerExtras & { kind: 'batch' },
    private readonly invoke: Invoke,
    deps: ConsumerDeps,
  ) {
    super(extras.fact, extras.consumer, deps);
  }

  protected override async open(session: BusSession): Promise<ConsumerMessages> {
    const durable = await openDurable(session, this.extras);
    return durable.consume(pulling(this.extras.maxMessages * 2));
  }

  protected override async take(message: JsMsg): Promise<void> {
    this.batch.push(message);
    if (this.batch.length >= this.extras.maxMessages) await this.flush();
    else this.timer ??= setTimeout(() => void this.flush(), this.extras.maxWaitMs);
  }

  protected override finish(): Promise<void> {
    return this.flush();
  }

  /** Resolves when what is collected now, and all before it, is done with. */
  private flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const batch = this.batch;
    this.batch = [];
    if (batch.length > 0) this.working = this.working.then(() => this.work(batch));
    return this.working;
  }

  private async work(batch: readonly JsMsg[]): Promise<void> {
    const valid: Valid[] = [];
    for (const message of batch) {
      const decoded = decodeFact(this.extras.fact, message.subject, message.data);
      if ('payload' in decoded) valid.push({ message, payload: decoded.payload });
      else await this.bury(message, decoded.reason);
    }
    if (valid.length === 0) return;
    const error = await this.handOver(valid);
    if (error === null) {
      this.failedInARow = 0;
    } else if (isPassing(error)) {
      await this.waitOut(valid, error);
    } else {
      await this.oneByOne(valid);
    }
  }

  /** Null when the handler took them (they are acknowledged), else what it threw. */
  private async handOver(valid: readonly Valid[]): Promise<unknown> {
    try {
      await inTime(this.invoke(valid.map(({ payload }) => payload)), HANDLER_TIMEOUT_MS);
    } catch (error) {
      return error ?? new Error('the handler failed without a reason');
    }
    for (const { message } of valid) {
      settle(message, { settle: 'ack' });
      this.failures.forget(message.seq);
    }
    return null;
  }

  /** A dependency is down. The messages are given back, perhaps to a replica that is better off, and we rest. */
  private async waitOut(valid: readonly Valid[], error: unknown): Promise<void> {
    this.failedInARow += 1;
    const { afterMs } = retry(this.failedInARow);
    const { fact, consumer } = this.extras;
    const report = { fact, consumer, messages: valid.length, afterMs, reason: messageOf(error) };
    this.deps.logger.warn(report, 'a batch must wait');
    for (const { message } of valid) settle(message, { settle: 'retry', afterMs });
    await pause(afterMs, this.stopped);
  }

  /** Something in the batch is bad: alone, the good ones pass and the bad one shows. */
  private async oneByOne(valid: readonly Valid[]): Promise<void> {
    for (const [index, one] of valid.entries()) {
      const error = await this.handOver([one]);
      if (error === null) continue;
      if (isPassing(error)) return this.waitOut(valid.slice(index), error);
      const failures = this.failures.add(one.message.seq);
      const reason = messageOf(error);
      if (failures >= (this.extras.maxDeliver ?? MAX_DELIVER)) {
        await this.bury(one.message, `the handler failed ${failures} times, at last with: ${reason}`);
      } else {
        const { fact, consumer } = this.extras;
        this.deps.logger.warn({ fact, consumer, failures, reason }, 'a message was not taken');
        settle(one.message, retry(failures));
      }
    }
  }

  private async bury(message: JsMsg, reason: string): Promise<void> {
    const { fact, consumer } = this.extras;
    const deliveries = message.info.deliveryCount;
    try {
      await this.deps.deadLetters.bury(message, consumer, reason, deliveries);
      settle(message, { settle: 'term' });
      this.failures.forget(message.seq);
      this.deps.logger.error(
        { fact, consumer, sequence: message.seq, reason },
        'a message became a dead letter',
      );
    } catch (error) {
      this.deps.logger.warn(
        { fact, consumer, reason: messageOf(error) },
        'a dead letter could not be stored yet',
      );
      settle(message, retry(deliveries));
    }
  }
}
