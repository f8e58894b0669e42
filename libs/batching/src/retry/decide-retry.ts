import type { Rng } from '@signalbox/statistics';
import type { OutcomeKind } from '@signalbox/contracts';
import type { RetryBudget } from './retry-budget.js';

export type DeadReason =
  /** The provider refused it, and would again. */
  | 'refused'
  /** It may have been done, and doing it twice would be worse than not knowing. */
  | 'outcome_unknown'
  | 'attempts_exhausted'
  | 'retry_budget_exhausted';

export type RetryDecision =
  | { readonly kind: 'retry'; readonly afterMs: number; readonly changeNode: boolean }
  /** Several items were refused together: find out which. */
  | { readonly kind: 'bisect' }
  | { readonly kind: 'dead_letter'; readonly reason: DeadReason };

export interface FailedCall {
  readonly outcome: OutcomeKind;
  /** Null when no answer came. */
  readonly statusCode: number | null;
  readonly retryAfterMs: number | null;
  /** Items that the call carried. */
  readonly items: number;
  /** Attempts made, this one included. */
  readonly attempts: number;
  readonly maxAttempts: number;
  /** Whether it may be made again though it may have been carried out: `Operation.repeatable` of every item. */
  readonly repeatable: boolean;
  /** The connection never opened: the provider cannot have seen it. */
  readonly neverSent: boolean;
}

const BASE_MS = 200;
const LONGEST_MS = 30_000;

/** Refusals that one item can cause for all: a bad body, a record that is not there, a conflict, too much of it. */
const ONE_MAY_BE_TO_BLAME = new Set([400, 404, 409, 413, 414, 422]);
/** Our credential or account, at this node: no item's fault. */
const NODE_TO_BLAME = new Set([401, 402, 403]);

/**
 * What to do about a failed call. Nothing is made twice that may have been done: after a timeout, a lost connection
 * or a 5xx only what is repeatable is retried; a 429 and a 503 say that it was not done.
 */
export function decideRetry(call: FailedCall, budget: RetryBudget, rng: Rng, nowMs: number): RetryDecision {
  const { outcome, statusCode, items, attempts, maxAttempts, retryAfterMs } = call;
  if (outcome === 'client_error') {
    if (!NODE_TO_BLAME.has(statusCode ?? 0)) {
      const divisible = items > 1 && ONE_MAY_BE_TO_BLAME.has(statusCode ?? 0);
      return divisible ? { kind: 'bisect' } : { kind: 'dead_letter', reason: 'refused' };
    }
  } else if (!certainlyNotDone(call) && !call.repeatable) {
    return { kind: 'dead_letter', reason: 'outcome_unknown' };
  }
  if (attempts >= maxAttempts) return { kind: 'dead_letter', reason: 'attempts_exhausted' };
  if (!budget.withdraw(nowMs)) return { kind: 'dead_letter', reason: 'retry_budget_exhausted' };
  return {
    kind: 'retry',
    afterMs: Math.max(retryAfterMs ?? 0, backoffMs(attempts, rng)),
    // Having been asked to wait is no reason to leave; the node is well, only busy with us.
    changeNode: outcome !== 'rate_limited',
  };
}

/**
 * Exponential backoff with full jitter (Brooker, "Exponential Backoff and Jitter", AWS 2015): uniform in 0..200 ms ·
 * 2^(attempts − 1), at most 30 s. Jitter over the whole range spreads those who failed together furthest apart.
 */
export function backoffMs(attempts: number, rng: Rng): number {
  return Math.floor(rng() * Math.min(LONGEST_MS, BASE_MS * 2 ** Math.min(attempts - 1, 30)));
}

function certainlyNotDone({ outcome, statusCode, neverSent }: FailedCall): boolean {
  return neverSent || outcome === 'rate_limited' || statusCode === 503;
}
