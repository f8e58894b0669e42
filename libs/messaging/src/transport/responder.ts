import { nuid, type Msg } from '@nats-io/transport-node';
import { CORRELATION_HEADER, failure, SignalboxError } from '@signalbox/contracts';
import { messageOf } from '../unavailable.js';
import type { ConsumerDeps, Invoke } from './consumer-deps.js';
import type { HandlerExtras } from './decorators.js';
import { EndOfTurn } from './end-of-turn.js';
import type { FactContext } from './fact-context.js';
import { Slots } from './slots.js';

/** Requests being answered at a time by one subject; beyond it the replica says that it is busy. */
const MAX_AT_A_TIME = 1_024;

/** Answers the requests of one subject: with what the handler returns, or with the failure envelope. */
export class Responder {
  private readonly slots = new Slots(MAX_AT_A_TIME);
  private readonly answers = new EndOfTurn();
  private unsubscribe: () => Promise<void> = () => Promise.resolve();

  constructor(
    private readonly extras: HandlerExtras & { kind: 'replies' },
    private readonly invoke: Invoke,
    private readonly deps: Omit<ConsumerDeps, 'deadLetters'>,
  ) {}

  start(): void {
    const { subject, queue } = this.extras;
    this.unsubscribe = this.deps.bus.subscribe({
      subject,
      queue,
      handler: (request) => this.receive(request),
    });
  }

  /** Takes no new requests, and resolves when those that came are answered. */
  async stop(): Promise<void> {
    await this.unsubscribe();
    await this.slots.idle();
    this.answers.flush();
  }

  private receive(request: Msg): void {
    // Nobody waits for the answer, and a decision without a caller would only hold a place in flight.
    if (!request.reply) return;
    const correlationId = request.headers?.get(CORRELATION_HEADER) || nuid.next();
    if (this.slots.isFull) {
      return this.respond(request, failure(busy(), correlationId));
    }
    void this.slots.start(() => this.answer(request, correlationId));
  }

  private async answer(request: Msg, correlationId: string): Promise<void> {
    let answer: unknown;
    try {
      const body = this.extras.request.parse(parsed(request.data));
      const context: FactContext = { subject: request.subject, correlationId, deliveries: 1, msgId: null };
      answer = await this.deps.runWithCorrelation(correlationId, () => this.invoke(body, context));
    } catch (error) {
      answer = failure(this.shown(error, correlationId), correlationId);
    }
    this.answers.add(() => this.respond(request, answer));
  }

  private respond(request: Msg, answer: unknown): void {
    try {
      request.respond(JSON.stringify(answer));
    } catch (error) {
      // The connection is gone, and with it the one who asked.
      this.deps.logger.warn(
        { subject: request.subject, reason: messageOf(error) },
        'an answer could not be sent',
      );
    }
  }

  /** An expected failure as it is; anything else is ours to know and not the caller's. */
  private shown(error: unknown, correlationId: string): SignalboxError {
    if (error instanceof SignalboxError) return error;
    const { subject } = this.extras;
    this.deps.logger.error({ subject, correlationId, err: error }, 'a request failed');
    return new SignalboxError('INTERNAL', 'the request could not be handled');
  }
}

function parsed(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'));
  } catch {
    throw new SignalboxError('MALFORMED_JSON', 'the request is not JSON');
  }
}

function busy(): SignalboxError {
  return new SignalboxError('RATE_LIMITED', 'this replica answers as many requests as it can', undefined, 1);
}
