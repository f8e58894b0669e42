import { Injectable } from '@nestjs/common';
import { RateLimiter, type Verdict } from '@signalbox/platform';
import { CallerLimiter, type LimitVerdict } from '@signalbox/redis';

/** The platform's limiter, in Redis. */
@Injectable()
export class RedisRateLimiter extends RateLimiter {
  constructor(private readonly limiter: CallerLimiter) {
    super();
  }

  async take(key: string, limitPerMinute: number): Promise<Verdict> {
    return verdictOf(await this.limiter.take(key, limitPerMinute));
  }

  takeHot(key: string, limitPerMinute: number): Verdict {
    return verdictOf(this.limiter.takeHot(key, limitPerMinute));
  }
}

function verdictOf({ allowed, limit, remaining, resetMs, scope }: LimitVerdict): Verdict {
  return { allowed, limit, remaining, resetSeconds: Math.ceil(resetMs / 1000), local: scope === 'local' };
}
