import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import type { MessagingLogger } from './logger.js';
import { messageOf } from './unavailable.js';

/** A message of core NATS: at most once, to whoever listens now. */
export interface CoreMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  /** The payload parsed; throws SyntaxError when it is not JSON. */
  json<T>(): T;
}

export interface CoreSubscription {
  readonly subject: string;
  readonly queue: string | undefined;
  readonly handler: (message: Msg) => void | Promise<void>;
}

/**
 * The subscriptions of this process, remembered so that they can be made before the first connection and again on
 * a new one. (Across a reconnect of the same connection the client restores them itself.)
 */
export class CoreSubscriptions {
  private readonly wanted = new Map<CoreSubscription, Subscription | undefined>();
  private attachedTo: NatsConnection | undefined;

  constructor(private readonly logger: MessagingLogger) {}

  attach(connection: NatsConnection): void {
    if (this.attachedTo === connection) return;
    this.attachedTo = connection;
    for (const subscription of this.wanted.keys()) this.subscribe(connection, subscription);
  }

  /** Returns what ends it: messages that have arrived are still handled, new ones are not taken. */
  add(subscription: CoreSubscription): () => Promise<void> {
    this.wanted.set(subscription, undefined);
    if (this.attachedTo && !this.attachedTo.isClosed()) this.subscribe(this.attachedTo, subscription);
    return async () => {
      const live = this.wanted.get(subscription);
      this.wanted.delete(subscription);
      if (live && !live.isClosed()) await live.drain().catch(() => undefined);
    };
  }

  private subscribe(connection: NatsConnection, subscription: CoreSubscription): void {
    const { subject, queue, handler } = subscription;
    const failed = (error: unknown) =>
      this.logger.error({ subject, reason: messageOf(error) }, 'a message handler failed');
    const callback = (error: Error | null, message: Msg): void => {
      if (error) return failed(error);
      try {
        const done = handler(message);
        if (done instanceof Promise) done.catch(failed);
      } catch (thrown) {
        failed(thrown);
      }
    };
    this.wanted.set(subscription, connection.subscribe(subject, { callback, ...(queue && { queue }) }));
  }
}
