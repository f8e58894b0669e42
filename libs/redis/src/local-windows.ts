import type { LimitVerdict } from './limit-verdict.js';
import { RecentMap } from './recent-map.js';

const WINDOW_MS = 60_000;
const MAX_KEYS = 20_000;

/** Counts in this process alone, by the clock's minute. */
export class LocalWindows {
  private readonly windows = new RecentMap<{ minute: number; taken: number }>(MAX_KEYS);

  constructor(private readonly nowMs: () => number) {}

  take(key: string, limit: number): LimitVerdict {
    const now = this.nowMs();
    const minute = Math.floor(now / WINDOW_MS);
    let window = this.windows.get(key);
    if (window?.minute !== minute) {
      window = { minute, taken: 0 };
      this.windows.set(key, window);
    }
    const allowed = window.taken < limit;
    if (allowed) window.taken += 1;
    return {
      allowed,
      limit,
      remaining: limit - window.taken,
      resetMs: WINDOW_MS - (now % WINDOW_MS),
      scope: 'local',
    };
  }
}

/** One replica's part of a limit that the fleet cannot count together. */
export function shareOf(limit: number, replicas: number): number {
  return Math.ceil(limit / Math.max(1, replicas));
}
