import { applyDecorators, Catch, UseFilters, type RpcExceptionFilter } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/internal';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import type { EventMap, Fact, Success } from '@signalbox/contracts';
import { throwError, type Observable } from 'rxjs';
import type { FactContext } from './fact-context.js';

/** Marks our handlers, so that another transport of the same application leaves them alone. */
export const JETSTREAM_TRANSPORT = Symbol('JETSTREAM_TRANSPORT');

export interface OnFactOptions {
  /** Names the consumer on the server, with the fact: letters, digits, `-` and `_`. */
  consumer: string;
  /**
   * `one-replica`: a message goes to one process of the fleet, and to another when that one fails; the place is
   * kept on the server. `every-replica`: each process gets each message, in order, without loss across outages of
   * NATS, but none from while it was not running.
   */
  delivery: 'one-replica' | 'every-replica';
  /** Where to begin when the place is not known yet; `new` by default. */
  from?: 'new' | 'all';
  /**
   * Handlers running at a time; 64 by default for one-replica, 1 for every-replica. 1 keeps the order: of each process
   * for every-replica, of the whole fleet for one-replica (at one message a round trip to NATS).
   */
  concurrency?: number;
  /** Failures of the handler after which a message is a dead letter; 5 by default. */
  maxDeliver?: number;
  /**
   * A handler that takes longer has failed; 30 s by default. What a replica had in hand when it was killed goes to
   * another one half as long again after that: with `concurrency` 1, all that comes behind it waits as long.
   */
  timeoutMs?: number;
}

export interface OnFactBatchOptions {
  consumer: string;
  maxMessages: number;
  /** How long the first message of a batch waits for others, at most. */
  maxWaitMs: number;
  from?: 'new' | 'all';
  /** Failures of the handler, on a message alone, after which it is a dead letter; 5 by default. */
  maxDeliver?: number;
}

/** A contract, as a responder needs it: the value itself, or a thrown VALIDATION_FAILED. */
export interface RequestContract<T> {
  parse(value: unknown): T;
}

export interface RepliesOptions<T> {
  /** The replicas of one queue group share the requests. */
  queue: string;
  /** Checked before the handler is called; a request that does not fit is answered VALIDATION_FAILED. */
  request: RequestContract<T>;
}

export type HandlerExtras =
  | ({ kind: 'fact'; fact: Fact } & OnFactOptions)
  | ({ kind: 'batch'; fact: Fact } & OnFactBatchOptions)
  | ({ kind: 'replies'; subject: string } & RepliesOptions<unknown>);

/** Any method that can be called so: one with fewer parameters, or a narrower result, too. */
type Handles<Args extends unknown[], Result> = <Handler extends (...args: Args) => Result>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Handler>,
) => void;

/**
 * The handler gets each message of the fact that passes its contract. It is acknowledged when the handler resolves,
 * comes again after a growing wait when it throws, and goes to the dead letters after `maxDeliver` failures; a 503
 * error (DEPENDENCY_UNAVAILABLE) counts as no failure of the message. At least once: the handler is idempotent.
 */
export function OnFact<F extends Fact>(
  fact: F,
  options: OnFactOptions,
): Handles<[payload: EventMap[F], context: FactContext], void | Promise<void>> {
  const extras: HandlerExtras = { kind: 'fact', fact, ...options };
  return handler(EventPattern<string>(patternOf(extras), JETSTREAM_TRANSPORT, extras));
}

/**
 * The handler gets up to `maxMessages` payloads at a time, shared by the replicas. All are acknowledged when it
 * resolves; when it throws they come again, for as long as it takes. A batch that fails for any reason but a 503
 * error is tried message by message, so that one bad message cannot hold up the rest.
 */
export function OnFactBatch<F extends Fact>(
  fact: F,
  options: OnFactBatchOptions,
): Handles<[payloads: EventMap[F][]], void | Promise<void>> {
  const extras: HandlerExtras = { kind: 'batch', fact, ...options };
  return handler(EventPattern<string>(patternOf(extras), JETSTREAM_TRANSPORT, extras));
}

/**
 * The handler answers requests on a core subject: what it returns is sent as JSON, what it throws as the failure
 * envelope. Every request is answered.
 */
export function Replies<T>(
  subject: string,
  options: RepliesOptions<T>,
): Handles<[request: T, context: FactContext], Success<unknown> | Promise<Success<unknown>>> {
  const extras: HandlerExtras = { kind: 'replies', subject, ...options };
  return handler(MessagePattern<string>(subject, JETSTREAM_TRANSPORT, extras));
}

/** Nest chains handlers of one pattern; ours are one consumer each, so the consumer is part of it. */
function patternOf({ fact, consumer }: { fact: Fact; consumer: string }): string {
  return `${fact}@${consumer}`;
}

function handler(pattern: MethodDecorator): MethodDecorator {
  return applyDecorators(pattern, UseFilters(new KeepsError()), asIs);
}

/**
 * Says that no parameter is decorated, so that Nest passes payload and context as they are. Left unsaid, it passes
 * the payload alone, through pipes that have nothing to do: the contract was checked before.
 */
const asIs: MethodDecorator = (target, key) => {
  Reflect.defineMetadata(ROUTE_ARGS_METADATA, {}, target.constructor, key);
};

/** Nest turns what a handler throws into "Internal server error"; the transport must know what it was. */
@Catch()
class KeepsError implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
