import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { LimitVerdict } from './limit-verdict.js';
import type { RedisConnection } from './redis-connection.js';

const WINDOW_SECONDS = 60;
/** Limits in use at a time; there is one per endpoint and role, known when the process starts. */
const MAX_LIMITS = 256;

/** Counts in Redis, exactly, over all replicas. The window of a key begins with its first call. */
export class SharedWindows {
  private readonly limiters = new Map<number, RateLimiterRedis>();

  constructor(private readonly connection: RedisConnection) {
    // Each limiter names the one script again; the first must not do so beside the commands of others.
    connection.define((client) => this.limiterOf(1, client));
  }

  /** Rejects with DEPENDENCY_UNAVAILABLE when Redis is away. */
  take(key: string, limit: number): Promise<LimitVerdict> {
    return this.connection.run(async (client) => {
      const result = await this.limiterOf(limit, client).consume(key).catch(refused);
      return {
        allowed: result.consumedPoints <= limit,
        limit,
        remaining: Math.max(0, limit - result.consumedPoints),
        resetMs: result.msBeforeNext,
        scope: 'shared',
      };
    });
  }

  private limiterOf(limit: number, storeClient: unknown): RateLimiterRedis {
    let limiter = this.limiters.get(limit);
    if (!limiter) {
      limiter = new RateLimiterRedis({
        storeClient,
        points: limit,
        duration: WINDOW_SECONDS,
        keyPrefix: 'signalbox:limit',
      });
      if (this.limiters.size >= MAX_LIMITS) this.limiters.clear();
      this.limiters.set(limit, limiter);
    }
    return limiter;
  }
}

/** The library rejects with the count when the limit is passed, and with an Error when Redis failed. */
function refused(reason: unknown): RateLimiterRes {
  if (reason instanceof RateLimiterRes) return reason;
  throw reason;
}
