import { RateLimiterRedis, RateLimiterRes, RateLimiterUnion } from 'rate-limiter-flexible';
import type { Redis } from 'ioredis';
import type { RateLimitConfig } from '@signalbox/budgets';

/** One admission by the peer: whether it was admitted. */
export type Admit = (key: string) => Promise<boolean>;

export interface Peer {
  admit: Admit;
  /** Tokens taken from each tier of the key. */
  consumed(key: string): Promise<number[]>;
}

/** The union of three limiters as its documentation has it: asked side by side, each in a script of its own. */
export function peerUnion(storeClient: Redis, limits: RateLimitConfig): Peer {
  const tiers = [
    new RateLimiterRedis({ storeClient, keyPrefix: 'burst', points: limits.burst, duration: 3_600 }),
    new RateLimiterRedis({
      storeClient,
      keyPrefix: 'sustained',
      points: limits.sustainedPerHour,
      duration: 3_600,
    }),
    new RateLimiterRedis({ storeClient, keyPrefix: 'daily', points: limits.daily, duration: 86_400 }),
  ];
  const union = new RateLimiterUnion(...tiers);
  return {
    admit: async (key) => {
      try {
        await union.consume(key);
        return true;
      } catch (reason) {
        const isRefusal = Object.values(reason as object).every((value) => value instanceof RateLimiterRes);
        if (!isRefusal) throw reason;
        return false;
      }
    },
    consumed: async (key) =>
      Promise.all(tiers.map(async (tier) => (await tier.get(key))?.consumedPoints ?? 0)),
  };
}
