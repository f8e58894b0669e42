import { LRUCache } from 'lru-cache';
import type { Verdict } from './rate-limiter.js';

const WINDOW_MS = 60_000;
/** An honest client fails a few times an hour; this still leaves room for many behind one address. */
const FAILURES_PER_MINUTE = 600;
/** Addresses remembered; an attacker with more only makes the oldest forgotten. */
const REMEMBERED_ADDRESSES = 10_000;

interface Window {
  used: number;
  endsMs: number;
}

/**
 * How many requests without a valid token, or to no path at all, one address may make in a minute. Counted in
 * this replica alone: it bounds the work that guessing costs us, and needs no answer from a store.
 */
export class FailureAllowance {
  private readonly windows = new LRUCache<string, Window>({ max: REMEMBERED_ADDRESSES });

  constructor(private readonly nowMs: () => number = Date.now) {}

  /** Whether the address has used its allowance up; counts nothing. */
  isSpent(address: string): boolean {
    const window = this.windows.get(address);
    return window !== undefined && window.endsMs > this.nowMs() && window.used >= FAILURES_PER_MINUTE;
  }

  take(address: string): Verdict {
    const nowMs = this.nowMs();
    const known = this.windows.get(address);
    const window =
      known !== undefined && known.endsMs > nowMs ? known : { used: 0, endsMs: nowMs + WINDOW_MS };
    window.used++;
    this.windows.set(address, window);
    return {
      allowed: window.used <= FAILURES_PER_MINUTE,
      limit: FAILURES_PER_MINUTE,
      remaining: Math.max(0, FAILURES_PER_MINUTE - window.used),
      resetMs: window.endsMs - nowMs,
      scope: 'local',
    };
  }
}
