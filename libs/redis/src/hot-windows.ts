import type { LimitVerdict } from './limit-verdict.js';
import { shareOf } from './local-windows.js';
import { RecentMap } from './recent-map.js';
import type { RedisConnection } from './redis-connection.js';

export interface HotWindowsOptions {
  connection: RedisConnection;
  /** How many replicas share a limit while each counts alone. */
  replicas: () => number;
  nowMs: () => number;
}

const WINDOW_MS = 60_000;
/** A replica is behind the fleet by this much: at 5,000 calls/s that is 250 calls too many, once a minute. */
const SYNC_MS = 50;
const MAX_KEYS = 20_000;
const MAX_KEYS_PER_SYNC = 1_000;
/** A window's count outlives it by one more, for a replica whose clock is behind. */
const KEY_TTL_SECONDS = 120;

interface Window {
  /** Minutes since the epoch. */
  minute: number;
  /** Taken here. */
  mine: number;
  /** Of `mine`, what Redis has not been told. */
  unsent: number;
  /** Taken by the whole fleet as Redis last said, without `unsent`. */
  fleet: number;
}

/**
 * Counts by the clock's minute without waiting for anybody: each call is judged by what the fleet had taken at the
 * last exchange with Redis plus what was taken here since. Alone (Redis away) a replica holds to its share.
 */
export class HotWindows {
  private readonly windows = new RecentMap<Window>(MAX_KEYS);
  private readonly dirty = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: HotWindowsOptions) {}

  take(key: string, fullLimit: number): LimitVerdict {
    const now = this.options.nowMs();
    const window = this.windowOf(key, Math.floor(now / WINDOW_MS));
    const shared = this.options.connection.isAvailable;
    const limit = shared ? fullLimit : shareOf(fullLimit, this.options.replicas());
    const taken = shared ? window.fleet + window.unsent : window.mine;
    const allowed = taken < limit;
    if (allowed) {
      window.mine += 1;
      window.unsent += 1;
      if (this.dirty.size < MAX_KEYS) this.dirty.add(key);
      this.syncSoon();
    }
    return {
      allowed,
      limit,
      remaining: Math.max(0, limit - taken - (allowed ? 1 : 0)),
      resetMs: WINDOW_MS - (now % WINDOW_MS),
      scope: shared ? 'shared' : 'local',
    };
  }

  stop(): void {
    clearTimeout(this.timer);
    this.dirty.clear();
  }

  private windowOf(key: string, minute: number): Window {
    const present = this.windows.get(key);
    if (present?.minute === minute) return present;
    const fresh = { minute, mine: 0, unsent: 0, fleet: 0 };
    this.windows.set(key, fresh);
    return fresh;
  }

  private syncSoon(): void {
    this.timer ??= setTimeout(() => {
      void this.sync().finally(() => {
        this.timer = undefined;
        if (this.dirty.size > 0 && this.options.connection.isAvailable) this.syncSoon();
      });
    }, SYNC_MS).unref();
  }

  /** Adds what was taken here to the fleet's count and reads it back, for each key in one pipeline. */
  private async sync(): Promise<void> {
    const batch: { window: Window; key: string; count: number }[] = [];
    for (const key of this.dirty) {
      if (batch.length >= MAX_KEYS_PER_SYNC) break;
      this.dirty.delete(key);
      const window = this.windows.get(key);
      if (window && window.unsent > 0) batch.push({ window, key, count: window.unsent });
    }
    try {
      const replies = await this.options.connection.run((redis) => {
        const pipeline = redis.pipeline();
        for (const { window, key, count } of batch) {
          const name = `signalbox:hot:${key}:${window.minute}`;
          pipeline.incrby(name, count).expire(name, KEY_TTL_SECONDS);
        }
        return pipeline.exec();
      });
      for (const [index, { window, count }] of batch.entries()) {
        const fleet = replies?.[index * 2]?.[1];
        if (typeof fleet !== 'number') continue;
        window.unsent -= count;
        window.fleet = fleet;
      }
    } catch {
      // Told at the next exchange. If Redis had counted them all the same they count twice: too strict, never too lax.
      for (const { key } of batch) this.dirty.add(key);
    }
  }
}
