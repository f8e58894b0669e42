import { RecentMap } from './recent-map.js';
import type { RedisConnection } from './redis-connection.js';

export interface ClaimStoreOptions {
  connection: RedisConnection;
  /** Claims remembered in this process; the oldest are forgotten first. 100,000 by default: some 20 MB. */
  maxLocal?: number;
  nowMs?: () => number;
}

/**
 * As long as a durable event may take to be stored. A claim that Redis did not answer is made by each replica for itself,
 * and the thing is done twice: better that the claimer waits while Redis pauses.
 */
const CLAIM_TIMEOUT_MS = 2_000;

/**
 * Lets one of many do a thing once. A claim holds for all replicas; while Redis is away it holds for this process
 * only, and `scope` says so. What this process holds already it refuses without asking.
 */
export class ClaimStore {
  private readonly connection: RedisConnection;
  private readonly nowMs: () => number;
  /** Key → when the claim ends, epoch ms. */
  private readonly local: RecentMap<number>;

  constructor({ connection, maxLocal = 100_000, nowMs = Date.now }: ClaimStoreOptions) {
    this.connection = connection;
    this.nowMs = nowMs;
    this.local = new RecentMap(maxLocal);
  }

  /** How far a claim made now would hold. */
  get scope(): 'shared' | 'local' {
    return this.connection.isAvailableFor(CLAIM_TIMEOUT_MS) ? 'shared' : 'local';
  }

  /** True for exactly one claimer of the key until `ttlSeconds` have passed or it is released. Never rejects. */
  async claim(key: string, ttlSeconds: number): Promise<boolean> {
    const now = this.nowMs();
    if ((this.local.get(key) ?? 0) > now) return false;
    // Before Redis is asked, so that a second claimer in this process cannot come in between.
    this.local.set(key, now + ttlSeconds * 1_000);
    try {
      const won = await this.connection.run(
        (redis) => redis.set(redisKey(key), '1', 'EX', ttlSeconds, 'NX'),
        CLAIM_TIMEOUT_MS,
      );
      // Held elsewhere: whether it still is must be asked next time, since the holder may release it.
      if (won === null) this.local.delete(key);
      return won !== null;
    } catch {
      return true;
    }
  }

  /** Gives a claim back because the work failed, so that it can be done again. Never rejects. */
  async release(key: string): Promise<void> {
    this.local.delete(key);
    const released = this.connection.run((redis) => redis.del(redisKey(key)), CLAIM_TIMEOUT_MS);
    await released.catch(() => undefined);
  }
}

function redisKey(key: string): string {
  return `signalbox:claim:${key}`;
}
