import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { MessagingLogger } from '../logger.js';
import type { BusState, MessageBus } from '../message-bus.js';
import { BatchConsumer } from './batch-consumer.js';
import type { ConsumerDeps, Invoke, RunWithCorrelation } from './consumer-deps.js';
import { DeadLetters } from './dead-letters.js';
import { JETSTREAM_TRANSPORT, type HandlerExtras } from './decorators.js';
import { ReplicaConsumer } from './replica-consumer.js';
import { Responder } from './responder.js';
import { SharedConsumer } from './shared-consumer.js';

export interface JetStreamTransportOptions {
  bus: MessageBus;
  logger: MessagingLogger;
  /** How handlers run under the correlation id of their message; without it they just run. */
  runWithCorrelation?: RunWithCorrelation;
}

/**
 * Nest's microservice transport over JetStream: gives life to the methods marked `@OnFact`, `@OnFactBatch` and
 * `@Replies`. The bus is the application's and outlives it: close it after the application.
 */
export class JetStreamTransport
  extends Server<{ state: (state: BusState) => void }, BusState>
  implements CustomTransportStrategy
{
  override readonly transportId = JETSTREAM_TRANSPORT;
  private readonly deps: ConsumerDeps;
  private readonly running: { stop(): Promise<void> }[] = [];
  private stopFollowing: () => void = () => undefined;

  constructor(options: JetStreamTransportOptions) {
    super();
    const { bus, logger, runWithCorrelation = (_id, work) => work() } = options;
    this.deps = { bus, logger, runWithCorrelation, deadLetters: new DeadLetters(bus) };
  }

  /** Returns at once: consumers begin when NATS is there. */
  override listen(callback: (error?: unknown) => void): void {
    const { bus } = this.deps;
    this._status$.next(bus.state);
    this.stopFollowing = bus.onStateChange((state) => this._status$.next(state));
    try {
      for (const [pattern, handler] of this.messageHandlers) {
        const service = this.serviceOf(pattern, handler);
        service.start();
        this.running.push(service);
      }
      callback();
    } catch (error) {
      callback(error);
    }
  }

  /** Takes nothing new, and resolves when what was begun is handled and acknowledged. */
  override async close(): Promise<void> {
    this.stopFollowing();
    await Promise.all(this.running.splice(0).map((service) => service.stop()));
  }

  override on(event: 'state', listener: (state: BusState) => void): void {
    if (event === 'state') this.deps.bus.onStateChange(listener);
  }

  override unwrap<T = MessageBus>(): T {
    return this.deps.bus as T;
  }

  private serviceOf(pattern: string, handler: MessageHandler): { start(): void; stop(): Promise<void> } {
    if (handler.next)
      throw new Error(`two handlers are marked as ${pattern}: give each its own consumer name`);
    const extras = handler.extras as HandlerExtras;
    const invoke = awaited(handler);
    switch (extras.kind) {
      case 'replies':
        return new Responder(extras, invoke, this.deps);
      case 'batch':
        return new BatchConsumer(extras, invoke, this.deps);
      case 'fact':
        return extras.delivery === 'one-replica'
          ? new SharedConsumer(extras, invoke, this.deps)
          : new ReplicaConsumer(extras, invoke, this.deps);
    }
  }
}

/** Nest's handlers resolve with a value, or with an Observable when a filter or an interceptor had a hand in it. */
function awaited(handler: MessageHandler): Invoke {
  return async (payload, context) => {
    const result: unknown = await handler(payload, context);
    return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
  };
}
