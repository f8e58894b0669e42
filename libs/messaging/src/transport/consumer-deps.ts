import type { MessagingLogger } from '../logger.js';
import type { MessageBus } from '../message-bus.js';
import type { DeadLetters } from './dead-letters.js';

/** Runs work under a correlation id, so that its log lines and what it publishes carry it. */
export type RunWithCorrelation = <T>(correlationId: string, work: () => T) => T;

/** A Nest handler, awaited: rejects with what the method threw. */
export type Invoke = (payload: unknown, context?: unknown) => Promise<unknown>;

export interface ConsumerDeps {
  bus: MessageBus;
  deadLetters: DeadLetters;
  logger: MessagingLogger;
  runWithCorrelation: RunWithCorrelation;
}
