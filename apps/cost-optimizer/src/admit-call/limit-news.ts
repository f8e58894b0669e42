import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { TIER_NAMES, type TierName, type Verdict } from '@signalbox/budgets';
import type { ServiceName } from '@signalbox/contracts';
import { MessageBus, type BucketEntry, type BucketWatch, type KeyValueBucket } from '@signalbox/messaging';
import { ObservedLedger } from '../ledger/observed-ledger.js';

interface Refusing {
  sinceMs: number;
}

/**
 * Tells that a tier has begun to refuse, once until it lets calls through again, however many replicas see it: who
 * refuses is a key in a shared bucket, and whoever creates it tells.
 */
@Injectable()
export class LimitNews implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(LimitNews.name);
  private readonly bucket: KeyValueBucket<Refusing>;
  private readonly refusing = new Map<string, BucketEntry<Refusing>>();
  /** When each tier was last seen to let a call through: answers come in another order than the ledger gave them. */
  private readonly passedMs = new Map<string, number>();
  private readonly changing = new Set<string>();
  private watch: BucketWatch<Refusing> | undefined;

  constructor(
    @Inject(MessageBus) private readonly bus: MessageBus,
    private readonly ledger: ObservedLedger,
  ) {
    this.bucket = bus.bucket<Refusing>('refusing-tiers');
  }

  onApplicationBootstrap(): void {
    this.watch = this.bucket.watch((key, entry) => {
      if (entry === null) this.refusing.delete(key);
      else this.refusing.set(key, entry);
    });
    this.ledger.subscribe({
      answered: ({ serviceName }, verdict) => {
        for (const tier of TIER_NAMES) this.take(serviceName, tier, verdict);
      },
    });
  }

  beforeApplicationShutdown(): void {
    this.watch?.stop();
  }

  private take(service: ServiceName, tier: TierName, verdict: Verdict): void {
    const { allowed, refusedBy, wouldRefuse, duplicate } = verdict;
    const key = `${service}.${tier}`;
    const { atMs } = verdict;
    const known = this.refusing.get(key);
    if (refusedBy.includes(tier) || wouldRefuse.includes(tier)) {
      const isNews = known === undefined && atMs > (this.passedMs.get(key) ?? 0);
      if (isNews) this.change(key, () => this.begin(key, service, tier, verdict));
    } else if (allowed && !duplicate) {
      // A call that another rule refused says nothing about this one.
      this.passedMs.set(key, Math.max(atMs, this.passedMs.get(key) ?? 0));
      if (known !== undefined && atMs > known.value.sinceMs) this.change(key, () => this.end(key, known));
    }
  }

  private change(key: string, work: () => Promise<void>): void {
    if (this.changing.has(key) || this.bus.state !== 'connected') return;
    this.changing.add(key);
    work()
      .catch((error: unknown) => this.logger.warn(`Whether ${key} refuses is not told: ${String(error)}`))
      .finally(() => this.changing.delete(key));
  }

  private async begin(
    key: string,
    serviceName: ServiceName,
    tier: TierName,
    verdict: Verdict,
  ): Promise<void> {
    const value: Refusing = { sinceMs: verdict.atMs };
    const created = await this.bucket.create(key, value);
    if (!created.won) return;
    this.refusing.set(key, { value, revision: created.revision });
    const { limit, used, resetAtMs } = verdict.tiers[tier];
    this.bus.post('limits.alerted', serviceName, {
      eventId: `limit:${serviceName}:${tier}:${created.revision}`,
      occurredAt: new Date(verdict.atMs).toISOString(),
      serviceName,
      tier,
      limit,
      used,
      resetAt: new Date(resetAtMs).toISOString(),
      shadow: verdict.wouldRefuse.includes(tier),
    });
  }

  private async end(key: string, { revision }: BucketEntry<Refusing>): Promise<void> {
    const isOurs = await this.bucket.deleteIf(key, revision);
    if (isOurs && this.refusing.get(key)?.revision === revision) this.refusing.delete(key);
  }
}
