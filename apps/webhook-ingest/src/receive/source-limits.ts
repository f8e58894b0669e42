import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '@signalbox/hosting';
import { RateLimiter, type RawRequest, type Verdict } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import type { Source } from '../sources/source.js';

/** Windows that are known to be spent; those of addresses that are no longer here are forgotten first. */
const MAX_SPENT = 10_000;

interface Spent {
  verdict: Verdict;
  untilMs: number;
}

/**
 * The limits of a source, shared by the replicas. Deliveries that verify have one, and requests that do not have
 * another for each address: whoever cannot sign uses up nobody's limit but his own.
 */
@Injectable()
export class SourceLimits {
  private readonly spent = new Map<string, Spent>();

  constructor(
    private readonly limiter: RateLimiter,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Before the body is read: refuses when one of the two is spent. @throws SignalboxError RATE_LIMITED */
  assertOpen(source: Source, request: RawRequest): void {
    for (const key of [verifiedKey(source), refusedKey(source, request.address)]) {
      const spent = this.spent.get(key);
      if (spent === undefined) continue;
      const leftMs = spent.untilMs - this.clock.nowMs();
      // A limit that was raised since is not spent.
      if (leftMs > 0 && spent.verdict.limit >= source.requestsPerMinute) {
        request.admit({ ...spent.verdict, resetMs: leftMs });
      }
      this.spent.delete(key);
    }
  }

  /** Counts a delivery that verified. @throws SignalboxError RATE_LIMITED */
  takeVerified(source: Source, request: RawRequest): void {
    request.admit(this.take(verifiedKey(source), source.requestsPerMinute));
  }

  /** Counts one that did not. @throws SignalboxError RATE_LIMITED */
  takeRefused(source: Source, request: RawRequest): void {
    request.admit(this.take(refusedKey(source, request.address), source.requestsPerMinute));
  }

  private take(key: string, limit: number): Verdict {
    const verdict = this.limiter.takeHot(key, limit);
    if (!verdict.allowed) this.remember(key, verdict);
    return verdict;
  }

  private remember(key: string, verdict: Verdict): void {
    this.spent.set(key, { verdict, untilMs: this.clock.nowMs() + verdict.resetMs });
    if (this.spent.size > MAX_SPENT) this.spent.delete(this.spent.keys().next().value as string);
  }
}

function verifiedKey({ serviceName }: Source): string {
  return `webhook:${serviceName}`;
}

function refusedKey({ serviceName }: Source, address: string): string {
  return `webhook-refused:${serviceName} ip:${address}`;
}
