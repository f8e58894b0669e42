import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CLOCK } from '@signalbox/hosting';
import { MessageBus, type BucketWatch } from '@signalbox/messaging';
import { CredentialStore } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { BATCH_CREDENTIALS } from '../stores.module.js';

/** A credential that is changed is forgotten at once when NATS tells; without NATS this soon. */
const KEPT_MS = 5_000;

interface Kept {
  secrets: readonly string[];
  readAtMs: number;
}

/** The secrets that calls are made with: decrypted in memory, for as short as can be, and never written anywhere. */
@Injectable()
export class NodeCredentials implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(NodeCredentials.name);
  private readonly kept = new Map<string, Kept>();
  private watch: BucketWatch<unknown> | undefined;

  constructor(
    @Inject(BATCH_CREDENTIALS) private readonly store: CredentialStore,
    private readonly bus: MessageBus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.watch = this.bus.bucket<unknown>('credentials').watch((nodeId) => void this.kept.delete(nodeId));
  }

  beforeApplicationShutdown(): void {
    this.watch?.stop();
    this.kept.clear();
  }

  /** What works now, the newest first; none for a node that is called without. Rejects when that cannot be known. */
  async of(nodeId: string): Promise<readonly string[]> {
    const nowMs = this.clock.nowMs();
    const kept = this.kept.get(nodeId);
    if (kept !== undefined && nowMs - kept.readAtMs < KEPT_MS) return kept.secrets;
    try {
      const secrets = (await this.store.reveal(nodeId)).map(({ secret }) => secret);
      this.kept.set(nodeId, { secrets, readAtMs: nowMs });
      return secrets;
    } catch (error) {
      this.kept.delete(nodeId);
      this.logger.error(`The credential of ${nodeId} cannot be read: ${String(error)}`);
      throw error;
    }
  }
}
