import type { ErrorCode } from './errors.js';
import { SignalboxError } from './errors.js';

/** Every successful answer, over HTTP and over NATS request/reply. */
export interface Success<T> {
  success: true;
  message?: string;
  data: T;
}

/** Every failed answer. `correlationId` finds the log lines of the request. */
export interface Failure {
  success: false;
  error: { code: ErrorCode; message: string; details?: unknown };
  correlationId: string;
}

export type Envelope<T> = Success<T> | Failure;

/** A page of a list: `nextCursor` is null on the last one. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

export function ok<T>(data: T, message?: string): Success<T> {
  return message === undefined ? { success: true, data } : { success: true, message, data };
}

export function failure(error: SignalboxError, correlationId: string): Failure {
  return {
    success: false,
    error: {
      code: error.code,
      message: error.message,
      ...(error.details === undefined ? {} : { details: error.details }),
    },
    correlationId,
  };
}
