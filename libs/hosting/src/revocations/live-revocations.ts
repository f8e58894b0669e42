import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { MessageBus, type BucketWatch, type KeyValueBucket } from '@signalbox/messaging';
import { Database, RevocationStore, type RecordedRevocation } from '@signalbox/persistence';
import { RevokedTokens } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import { CLOCK } from '../ambient.js';
import type { Rounds } from '../schedule/rounds.js';
import { Schedule } from '../schedule/schedule.js';

/** A revocation must hold on every replica within a second, also while NATS is away. */
const ROUND_EVERY_MS = 1_000;
/** What a notice that got lost would leave wrong, at most. */
const REFRESH_MS = 30_000;
/** How long a start waits for NATS to tell what PostgreSQL cannot: better late than with tokens taken that were revoked. */
const FIRST_NEWS_MS = 10_000;
/** As long as the longest revocation, and a day. */
const BUCKET = { name: 'token-revocations', ttlMs: 31 * 86_400_000 };

/** What processes tell each other of a revocation. `undoneAt` is final: one that is undone never holds again. */
type Told = Pick<
  RecordedRevocation,
  'revocationId' | 'tokenId' | 'subject' | 'revokedAt' | 'expiresAt' | 'undoneAt'
>;

/**
 * Keeps this process's {@link RevokedTokens} as PostgreSQL has them. A change comes over a KV bucket in milliseconds;
 * from PostgreSQL at start, after NATS was away, and once a second while it is. What comes by either way may come in any
 * order, and twice.
 */
@Injectable()
export class LiveRevocations implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(LiveRevocations.name);
  private readonly bucket: KeyValueBucket<Told>;
  /** Undone ones by when they expire, epoch ms: an older word of them may still come. */
  private readonly undone = new Map<string, number>();
  /** What this process wrote and could not tell yet. */
  private readonly untold = new Map<string, Told>();
  private watch: BucketWatch<Told> | undefined;
  private detach: () => void = () => undefined;
  private readAtMs = -Infinity;
  private isStale = true;
  private readonly rounds: Rounds;

  constructor(
    private readonly revoked: RevokedTokens,
    private readonly store: RevocationStore,
    private readonly database: Database,
    private readonly bus: MessageBus,
    @Inject(CLOCK) private readonly clock: Clock,
    schedule: Schedule,
  ) {
    this.bucket = bus.bucket<Told>(BUCKET.name, { ttlMs: BUCKET.ttlMs });
    this.rounds = schedule.every({
      work: 'Reading of revoked tokens',
      everyMs: ROUND_EVERY_MS,
      round: () => this.round(),
      meanwhile: 'Those known so far are refused, and those that NATS tells of; is PostgreSQL up?',
    });
  }

  /** Before the process takes its first request. While PostgreSQL is away it goes by what NATS knows. */
  async onApplicationBootstrap(): Promise<void> {
    this.watch = this.bucket.watch((_key, entry) => {
      if (entry !== null) this.take(entry.value);
    });
    this.detach = this.bus.onSession(() => (this.isStale = true));
    await this.rounds.now();
    if (this.isStale) await within(FIRST_NEWS_MS, this.watch.initialised);
  }

  beforeApplicationShutdown(): void {
    this.watch?.stop();
    this.detach();
  }

  /** Of one that this process has written: it holds here at once, and everywhere within a second. */
  async announce(recorded: RecordedRevocation): Promise<void> {
    const { revocationId, tokenId, subject, revokedAt, expiresAt, undoneAt } = recorded;
    const told: Told = { revocationId, tokenId, subject, revokedAt, expiresAt, undoneAt };
    this.take(told);
    this.untold.set(revocationId, told);
    await this.tellUntold();
  }

  private take({ revocationId, tokenId, subject, revokedAt, expiresAt, undoneAt }: Told): void {
    const expiresAtMs = Date.parse(expiresAt);
    if (expiresAtMs <= this.clock.nowMs()) return;
    if (undoneAt !== null) {
      this.undone.set(revocationId, expiresAtMs);
      this.revoked.remove(revocationId);
    } else if (!this.undone.has(revocationId)) {
      this.revoked.add({ revocationId, tokenId, subject, revokedAtMs: Date.parse(revokedAt), expiresAtMs });
    }
  }

  private async round(): Promise<void> {
    this.forgetExpired();
    if (this.untold.size > 0 && this.bus.state === 'connected') await this.tellUntold();
    const isOld = this.clock.nowMs() - this.readAtMs >= REFRESH_MS;
    if (this.isStale || isOld || this.bus.state !== 'connected') await this.read();
  }

  private async read(): Promise<void> {
    try {
      // A session that begins meanwhile makes it stale again.
      this.isStale = false;
      if (this.readAtMs === -Infinity) await this.database.migrate();
      for (const recorded of await this.store.recorded(this.clock.nowMs())) this.take(recorded);
      this.readAtMs = this.clock.nowMs();
    } catch (error) {
      this.isStale = true;
      throw error;
    }
  }

  private async tellUntold(): Promise<void> {
    for (const [revocationId, told] of this.untold) {
      try {
        // Whoever undoes it elsewhere may have been faster: that stays.
        if (told.undoneAt === null) await this.bucket.create(revocationId, told);
        else await this.bucket.put(revocationId, told);
        if (this.untold.get(revocationId) === told) this.untold.delete(revocationId);
      } catch (error) {
        this.logger.warn(`Other replicas learn of ${revocationId} from PostgreSQL: ${String(error)}`);
        return;
      }
    }
  }

  private forgetExpired(): void {
    const nowMs = this.clock.nowMs();
    this.revoked.forgetExpired(nowMs);
    for (const [id, expiresAtMs] of this.undone) if (expiresAtMs <= nowMs) this.undone.delete(id);
  }
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work, enough]);
  clearTimeout(timer);
}
