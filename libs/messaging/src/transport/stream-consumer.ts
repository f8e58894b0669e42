import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import type { Fact } from '@signalbox/contracts';
import type { BusSession } from '../bus-session.js';
import { doubling, pause, unlessAborted } from '../waiting.js';
import { messageOf } from '../unavailable.js';
import type { ConsumerDeps } from './consumer-deps.js';

/** A handler that takes longer has failed: its message comes again, and the next one gets its turn. */
export const HANDLER_TIMEOUT_MS = 30_000;

/** Of the notifications: the consumer or its stream is gone from the server, so it must be made again. */
const LOST = new Set(['consumer_deleted', 'consumer_not_found', 'stream_not_found']);

/**
 * Reads one consumer in every session of the bus, and opens it again when it breaks off. What differs between the
 * kinds of consumer is how it is opened and what is done with a message.
 */
export abstract class StreamConsumer {
  private readonly stopping = new AbortController();
  private reading: Promise<void> = Promise.resolve();
  private detach: () => void = () => undefined;

  constructor(
    protected readonly fact: Fact,
    protected readonly consumer: string,
    protected readonly deps: ConsumerDeps,
  ) {}

  start(): void {
    this.detach = this.deps.bus.onSession((session) => {
      // In turn: what the last session had received already is taken before the next one is read.
      this.reading = this.reading.then(() => this.follow(session));
    });
  }

  /**
   * Asks for no more messages, and resolves when those that came are done with. They are not given back instead:
   * nats-server 2.9 keeps our last request for messages open, and what is given back then is lost to the others
   * until the acknowledgement is overdue.
   */
  async stop(): Promise<void> {
    this.detach();
    this.stopping.abort();
    await this.reading;
    await this.finish();
  }

  /** Makes sure that the consumer exists and begins to read it. */
  protected abstract open(session: BusSession): Promise<ConsumerMessages>;

  /** Takes a message; resolves when the next may come. */
  protected abstract take(message: JsMsg): Promise<void>;

  /** Resolves when nothing is being handled any more. */
  protected abstract finish(): Promise<void>;

  /** Aborted by {@link stop}: nobody waits any longer for another try. */
  protected get stopped(): AbortSignal {
    return this.stopping.signal;
  }

  private async follow(session: BusSession): Promise<void> {
    const over = AbortSignal.any([session.ended, this.stopping.signal]);
    for (let attempt = 0; !over.aborted; attempt++) {
      try {
        const opening = this.open(session);
        // Opened too late to be read: nobody else would close it.
        opening.then((messages) => (over.aborted ? messages.close() : undefined)).catch(() => undefined);
        await this.read(await unlessAborted(opening, over), over, () => (attempt = 0));
      } catch (error) {
        const { fact, consumer } = this;
        if (!over.aborted)
          this.deps.logger.warn({ fact, consumer, reason: messageOf(error) }, 'a consumer broke off');
      }
      await pause(doubling(250, 10_000, attempt), over);
    }
  }

  private async read(messages: ConsumerMessages, over: AbortSignal, onMessage: () => void): Promise<void> {
    const close = () => void messages.close();
    over.addEventListener('abort', close);
    if (over.aborted) close();
    void this.closeWhenLost(messages);
    try {
      for await (const message of messages) {
        onMessage();
        await this.take(message);
      }
    } finally {
      over.removeEventListener('abort', close);
    }
  }

  private async closeWhenLost(messages: ConsumerMessages): Promise<void> {
    for await (const { type } of messages.status()) {
      if (LOST.has(type)) void messages.close();
    }
  }
}
