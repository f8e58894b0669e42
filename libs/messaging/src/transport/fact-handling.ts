import type { JsMsg } from '@nats-io/jetstream';
import { nuid } from '@nats-io/transport-node';
import { CORRELATION_HEADER, type Fact } from '@signalbox/contracts';
import { isPassing, messageOf } from '../unavailable.js';
import { inTime } from '../waiting.js';
import type { ConsumerDeps, Invoke } from './consumer-deps.js';
import { decodeFact } from './decode-fact.js';
import type { FactContext } from './fact-context.js';
import { FailureCounts } from './failure-counts.js';
import { HANDLER_TIMEOUT_MS } from './stream-consumer.js';
import { retry, type Verdict } from './verdict.js';

export interface HandledFact {
  fact: Fact;
  consumer: string;
  maxDeliver: number;
  /** {@link HANDLER_TIMEOUT_MS} when undefined. */
  timeoutMs?: number | undefined;
  invoke: Invoke;
}

/** One message, one handler: the same rules for a consumer that all replicas share and for a replica's own. */
export class FactHandling {
  private readonly failures = new FailureCounts();

  constructor(
    private readonly handled: HandledFact,
    private readonly deps: ConsumerDeps,
  ) {}

  /** Never rejects. `deliveries` counts from 1. */
  async handle(message: JsMsg, deliveries: number): Promise<Verdict> {
    const decoded = decodeFact(this.handled.fact, message.subject, message.data);
    if ('reason' in decoded) return this.bury(message, decoded.reason, deliveries);
    const context = contextOf(message, deliveries);
    try {
      const run = () => this.handled.invoke(decoded.payload, context);
      const { timeoutMs = HANDLER_TIMEOUT_MS } = this.handled;
      await inTime(this.deps.runWithCorrelation(context.correlationId, run), timeoutMs);
      this.failures.forget(message.seq);
      return { settle: 'ack' };
    } catch (error) {
      return this.failed(message, deliveries, error, context.correlationId);
    }
  }

  private async failed(
    message: JsMsg,
    deliveries: number,
    error: unknown,
    correlationId: string,
  ): Promise<Verdict> {
    const { fact, consumer, maxDeliver } = this.handled;
    const reason = messageOf(error);
    this.deps.logger.warn({ fact, consumer, deliveries, correlationId, reason }, 'a fact was not handled');
    if (isPassing(error)) return retry(deliveries);
    const failures = this.failures.add(message.seq);
    if (failures < maxDeliver) return retry(failures);
    return this.bury(message, `the handler failed ${failures} times, at last with: ${reason}`, deliveries);
  }

  private async bury(message: JsMsg, reason: string, deliveries: number): Promise<Verdict> {
    const { fact, consumer } = this.handled;
    try {
      await this.deps.deadLetters.bury(message, consumer, reason, deliveries);
    } catch (error) {
      this.deps.logger.warn(
        { fact, consumer, reason: messageOf(error) },
        'a dead letter could not be stored yet',
      );
      return retry(deliveries);
    }
    this.deps.logger.error(
      { fact, consumer, sequence: message.seq, reason },
      'a message became a dead letter',
    );
    this.failures.forget(message.seq);
    return { settle: 'term' };
  }
}

function contextOf(message: JsMsg, deliveries: number): FactContext {
  return {
    subject: message.subject,
    correlationId: message.headers?.get(CORRELATION_HEADER) || nuid.next(),
    deliveries,
    msgId: message.headers?.get('Nats-Msg-Id') || null,
  };
}
