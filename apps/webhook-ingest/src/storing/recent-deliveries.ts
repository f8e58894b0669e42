import { Injectable } from '@nestjs/common';
import { RedisConnection } from '@signalbox/redis';

const TTL_SECONDS = 86_400;
/** Remembered in this process, for the retry that comes back to it at once; some 10 MB. */
const MAX_LOCAL = 50_000;

/**
 * KEYS the events' keys, ARGV[1] seconds. Remembers each for so long. Returns how many. One atomic step.
 */
const REMEMBER = `
for _, key in ipairs(KEYS) do redis.call('SET', key, '1', 'EX', ARGV[1]) end
return #KEYS
`;

/**
 * Keys of events that are durable, for 24 hours: a retry of one is answered without PostgreSQL. A key is remembered
 * only after its event was committed, so that there is no key without its row; where Redis forgets, or is away,
 * PostgreSQL's unique key tells.
 */
@Injectable()
export class RecentDeliveries {
  private readonly local = new Set<string>();

  constructor(private readonly redis: RedisConnection) {}

  /** Those of the keys that are known; never rejects. */
  async known(keys: readonly string[]): Promise<Set<string>> {
    const known = new Set(keys.filter((key) => this.local.has(key)));
    const unknown = keys.filter((key) => !known.has(key));
    if (unknown.length === 0 || !this.redis.isAvailable) return known;
    try {
      const answers = await this.redis.run((client) => client.mget(unknown.map(redisKey)));
      answers.forEach((answer, index) => {
        if (answer !== null) known.add(unknown[index] as string);
      });
    } catch {
      // PostgreSQL tells.
    }
    return known;
  }

  /** Events with these keys are durable. Never rejects, and nobody waits for it. */
  remember(keys: readonly string[]): void {
    for (const key of keys) {
      this.local.add(key);
      if (this.local.size > MAX_LOCAL) this.local.delete(this.local.keys().next().value as string);
    }
    if (keys.length === 0 || !this.redis.isAvailable) return;
    void this.redis
      .run((client) => client.eval(REMEMBER, keys.length, ...keys.map(redisKey), TTL_SECONDS))
      .catch(() => undefined);
  }
}

function redisKey(key: string): string {
  return `signalbox:webhook:${key}`;
}
