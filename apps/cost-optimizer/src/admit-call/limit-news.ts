import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { TIER_NAMES, type TierName, type Verdict } from '@signalbox/budgets';
import type { ServiceName } from '@signalbox/contracts';
import { MessageBus, type BucketWatch, type KeyValueBucket } from '@signalbox/messaging';
import { ObservedLedger } from '../ledger/observed-ledger.js';

interface Refusing {
  since: string;
}

/**
 * Tells that a tier has begun to refuse, once until it lets calls through again, however many replicas see it: who
 * refuses is a key in a shared bucket, and whoever creates it tells.
 */
@Injectable()
export class LimitNews implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(LimitNews.name);
  private readonly bucket: KeyValueBucket<Refusing>;
  /** Tiers that refuse, by their key, with the revision of it. */
  private readonly refusing = new Map<string, number>();
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
      else this.refusing.set(key, entry.revision);
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
    const refuses = refusedBy.includes(tier) || wouldRefuse.includes(tier);
    const isKnown = this.refusing.has(key);
    if (refuses && !isKnown) this.change(key, () => this.begin(key, service, tier, verdict));
    // A call that another rule refused says nothing about this one.
    else if (!refuses && isKnown && allowed && !duplicate) this.change(key, () => this.end(key));
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
    const occurredAt = new Date(verdict.atMs).toISOString();
    const created = await this.bucket.create(key, { since: occurredAt });
    if (!created.won) return;
    this.refusing.set(key, created.revision);
    const { limit, used, resetAtMs } = verdict.tiers[tier];
    this.bus.post('limits.alerted', serviceName, {
      eventId: `limit:${serviceName}:${tier}:${created.revision}`,
      occurredAt,
      serviceName,
      tier,
      limit,
      used,
      resetAt: new Date(resetAtMs).toISOString(),
      shadow: verdict.wouldRefuse.includes(tier),
    });
  }

  private async end(key: string): Promise<void> {
    const revision = this.refusing.get(key);
    if (revision !== undefined && (await this.bucket.deleteIf(key, revision))) this.refusing.delete(key);
  }
}
