import { SignalboxError } from '@signalbox/contracts';

/** The one error of this library for "NATS cannot do it now": the caller may try again. */
export function unavailable(message: string, cause?: unknown): SignalboxError {
  const error = new SignalboxError('DEPENDENCY_UNAVAILABLE', message, { dependency: 'nats' });
  if (cause !== undefined) error.cause = cause;
  return error;
}

/** True for failures that are no fault of the message: a dependency is down or this process is stopping. */
export function isPassing(error: unknown): boolean {
  return error instanceof SignalboxError && error.status === 503;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
