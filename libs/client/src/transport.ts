import {
  ERROR_STATUS,
  SignalboxError,
  type BatchAccepted,
  type BatchRequest,
  type BatchRequestView,
  type DecisionAnswer,
  type DecisionRequest,
  type Envelope,
  type ErrorCode,
  type ErrorReported,
  type OutcomeReported,
} from '@signalbox/contracts';
import type { BudgetWatch } from './budget-watch.js';

/** What the client has to tell. The ids make a second delivery harmless. */
export type Notice = { kind: 'outcome'; body: OutcomeReported } | { kind: 'error'; body: ErrorReported };

/** How batch requests travel. */
export interface BatchTransport {
  /** Queues a request; with `waitMs` the answer is held until its end, at most so long. */
  acceptBatch(request: BatchRequest, waitMs: number): Promise<BatchAccepted | BatchRequestView>;
  batchRequest(requestId: string, waitMs: number): Promise<BatchRequestView>;
}

/**
 * A way to reach Signalbox. Every rejection is a SignalboxError; {@link isUnavailable} tells those that a later
 * try may mend from those that it will not.
 */
export interface Transport {
  decide(request: DecisionRequest): Promise<DecisionAnswer>;
  /** Resolves once Signalbox has taken the notice for good. */
  deliver(notice: Notice): Promise<void>;
  /** Absent where batches cannot be requested. */
  readonly batches?: BatchTransport;
  /** Absent where nobody tells of budgets. */
  readonly budgets?: BudgetWatch;
  /** Notices worth having under way at once. */
  readonly lanes: number;
  close(): Promise<void>;
}

/**
 * Signalbox cannot answer now: it is not there, it is going, it is broken, or it has had enough of this client.
 * None of these may stop a business call. What it says about the call itself (no budget, no node, shed, not
 * allowed) does.
 */
export function isUnavailable(error: unknown): error is SignalboxError {
  return error instanceof SignalboxError && UNAVAILABLE.has(error.code);
}
const UNAVAILABLE = new Set<ErrorCode>([
  'DEPENDENCY_UNAVAILABLE',
  'SHUTTING_DOWN',
  'INTERNAL',
  'RATE_LIMITED',
]);

export function unavailable(message: string, cause?: unknown): SignalboxError {
  const error = new SignalboxError('DEPENDENCY_UNAVAILABLE', message);
  error.cause = cause;
  return error;
}

/** The data of an answer envelope, over HTTP and NATS alike; throws what the envelope says failed. */
export function open<T>(envelope: unknown, retryAfterSeconds?: number): T {
  const answer = envelope as Envelope<T> | null;
  if (answer?.success === true) return answer.data;
  if (answer?.success === false && answer.error?.code in ERROR_STATUS) {
    const { code, message, details } = answer.error;
    throw new SignalboxError(code, message, details, retryAfterSeconds);
  }
  throw unavailable('the answer is not one of Signalbox: is something else listening there?');
}
