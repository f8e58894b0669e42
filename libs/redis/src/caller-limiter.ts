import { HotWindows } from './hot-windows.js';
import type { LimitVerdict } from './limit-verdict.js';
import { LocalWindows, shareOf } from './local-windows.js';
import type { RedisConnection } from './redis-connection.js';
import { SharedWindows } from './shared-windows.js';

export interface CallerLimiterOptions {
  connection: RedisConnection;
  /** How many replicas share a limit; while Redis is away each allows its part, rounded up. */
  replicas: () => number;
  nowMs?: () => number;
}

/** Limits per caller and endpoint, per minute, shared by all replicas. A key names both. */
export class CallerLimiter {
  private readonly shared: SharedWindows;
  private readonly hot: HotWindows;
  private readonly local: LocalWindows;
  private readonly replicas: () => number;

  constructor({ connection, replicas, nowMs = Date.now }: CallerLimiterOptions) {
    this.replicas = replicas;
    this.local = new LocalWindows(nowMs);
    this.shared = new SharedWindows(connection);
    this.hot = new HotWindows({ connection, replicas, nowMs });
  }

  /** Exact over the fleet, one round trip to Redis. Never rejects: without Redis the replica's share holds. */
  async take(key: string, limitPerMinute: number): Promise<LimitVerdict> {
    try {
      return await this.shared.take(key, limitPerMinute);
    } catch {
      return this.local.take(key, shareOf(limitPerMinute, this.replicas()));
    }
  }

  /**
   * At once, for paths that must not wait: judged by what the fleet had taken 50 ms ago and what was taken here
   * since. The fleet may therefore pass a limit by what the other replicas admit in 50 ms. Windows are minutes of
   * the clock. A key is either hot or not: the two ways of counting do not see each other.
   */
  takeHot(key: string, limitPerMinute: number): LimitVerdict {
    return this.hot.take(key, limitPerMinute);
  }

  close(): void {
    this.hot.stop();
  }
}
