import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { WebhookSecrets } from '@signalbox/persistence';

const WRITE_EVERY_MS = 5_000;

/** Remembers when each secret last verified something: shows when a rotated one is no longer in use. */
@Injectable()
export class SecretUse implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(SecretUse.name);
  /** By id; the secrets that verify are few. */
  private usedAtMs = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly store: WebhookSecrets) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.write(), WRITE_EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.write();
  }

  note(secretId: string, nowMs: number): void {
    this.usedAtMs.set(secretId, nowMs);
  }

  /** Resolves when every use so far is written, or could not be; also one that another call is writing. */
  write(): Promise<void> {
    this.writing = this.writing.then(() => this.writeUsed());
    return this.writing;
  }

  private async writeUsed(): Promise<void> {
    const used = this.usedAtMs;
    if (used.size === 0) return;
    this.usedAtMs = new Map();
    try {
      await this.store.noteUsed(used);
    } catch (error) {
      for (const [id, ms] of used) if (!this.usedAtMs.has(id)) this.usedAtMs.set(id, ms);
      this.logger.debug(`The use of secrets is written later: ${String(error)}`);
    }
  }
}
