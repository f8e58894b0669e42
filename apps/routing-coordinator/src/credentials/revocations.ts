import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { MessageBus, type BucketWatch, type KeyValueBucket } from '@signalbox/messaging';
import { CredentialStore, Database } from '@signalbox/persistence';
import { RoutingEngine } from '@signalbox/routing';

interface Standing {
  revoked: boolean;
}

/** Catches up what the bucket missed while NATS was away, and what expired meanwhile. */
const REFRESH_MS = 30_000;

/** Nodes whose credentials are revoked take no traffic, on any replica, at once. PostgreSQL is the truth, the bucket the news. */
@Injectable()
export class Revocations implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Revocations.name);
  private readonly bucket: KeyValueBucket<Standing>;
  private readonly revoked = new Set<string>();
  /** Node → the how manieth news its last one was; a read that began before says less of it. */
  private readonly heardOf = new Map<string, number>();
  private heard = 0;
  private watch: BucketWatch<Standing> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly engine: RoutingEngine,
    private readonly store: CredentialStore,
    private readonly database: Database,
    bus: MessageBus,
  ) {
    this.bucket = bus.bucket<Standing>('credentials');
    database.onStateChange((state) => {
      if (state === 'connected') void this.refresh();
    });
  }

  onApplicationBootstrap(): void {
    this.watch = this.bucket.watch((nodeId, entry) => {
      if (entry !== null) this.hear(nodeId, entry.value.revoked);
    });
    this.timer = setInterval(() => void this.refresh(), REFRESH_MS);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
    this.watch?.stop();
  }

  /** Takes effect here now; the other replicas hear of it in milliseconds, or from PostgreSQL while NATS is away. */
  async publish(nodeId: string, revoked: boolean): Promise<void> {
    this.hear(nodeId, revoked);
    try {
      await this.bucket.put(nodeId, { revoked });
    } catch (error) {
      this.logger.warn(
        `The other replicas learn of ${nodeId} from PostgreSQL, within 30 s: ${String(error)}`,
      );
    }
  }

  private hear(nodeId: string, revoked: boolean): void {
    this.heardOf.set(nodeId, ++this.heard);
    this.learn(nodeId, revoked);
  }

  private learn(nodeId: string, revoked: boolean): void {
    if (revoked) this.revoked.add(nodeId);
    else this.revoked.delete(nodeId);
    this.engine.setRevoked(this.revoked);
  }

  private async refresh(): Promise<void> {
    if (this.database.state !== 'connected') return;
    const before = this.heard;
    try {
      const revoked = new Set(await this.store.revokedNodeIds());
      for (const nodeId of new Set([...this.revoked, ...revoked])) {
        if ((this.heardOf.get(nodeId) ?? 0) <= before) this.learn(nodeId, revoked.has(nodeId));
      }
    } catch (error) {
      this.logger.warn(`Revoked credentials are as last known: ${String(error)}`);
    }
  }
}
