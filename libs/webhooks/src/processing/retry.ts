import type { Rng } from '@signalbox/statistics';

export interface RetryPolicy {
  /** Attempts in all, the first one included; then the event is dead until it is replayed. */
  readonly maxAttempts: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

/** Eight attempts over about two minutes: beyond a restart or a failover, short enough to matter to who waits. */
export const RETRY_POLICY: RetryPolicy = { maxAttempts: 8, firstDelayMs: 1_000, maxDelayMs: 60_000 };

/**
 * How long to wait after the `attempt`th failure (1 for the first); null when there are no more attempts. Doubles
 * up to the ceiling, and the upper half of it is chance ("equal jitter", Brooker, "Exponential Backoff And
 * Jitter", 2015): what failed together does not come back together, and never at once.
 */
export function retryDelayMs(attempt: number, policy: RetryPolicy, rng: Rng): number | null {
  if (attempt >= policy.maxAttempts) return null;
  const doubled = policy.firstDelayMs * 2 ** Math.min(Math.max(attempt, 1) - 1, 30);
  const ceiling = Math.min(policy.maxDelayMs, doubled);
  return Math.round(ceiling * (0.5 + 0.5 * rng()));
}
