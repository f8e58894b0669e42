import { SignalboxError } from '@signalbox/contracts';

/** A bad cursor, say: to be told to the caller, where a history that is away is answered from memory. */
export function isCallersMistake(error: unknown): boolean {
  return error instanceof SignalboxError && error.status < 500;
}
