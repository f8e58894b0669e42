import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SERVICE_NAMES, type ServiceName } from '@signalbox/contracts';
import { MessageBus, type BucketWatch, type KeyValueBucket } from '@signalbox/messaging';
import { Database, WebhookSecrets } from '@signalbox/persistence';
import type { Secret } from '@signalbox/webhooks';
import { LIVE_SOURCES, type LiveSourceConfigs } from '../stores.module.js';
import { sourceOf, type Source } from './source.js';

/** A change must hold on every replica within a second, also while NATS is away. */
const POLL_MS = 1_000;
/** What a notice that got lost would leave wrong, at most. */
const REFRESH_MS = 30_000;

/** Says that a source's secrets changed; what they are is read from PostgreSQL. */
interface Notice {
  changedAt: string;
}

/**
 * The sources as deliveries are judged right now. Configuration and secrets come from PostgreSQL; a notice in a KV
 * bucket tells the replicas to read the secrets again. While PostgreSQL is away the last known ones hold.
 */
@Injectable()
export class LiveSources implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(LiveSources.name);
  private readonly bucket: KeyValueBucket<Notice>;
  private readonly sources = new Map<ServiceName, Source>();
  private secrets: Map<ServiceName, Secret[]> | undefined;
  private watch: BucketWatch<Notice> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private reading: Promise<void> | undefined;
  private readAgain = false;
  private readAtMs = 0;

  constructor(
    @Inject(LIVE_SOURCES) private readonly configs: LiveSourceConfigs,
    private readonly store: WebhookSecrets,
    private readonly database: Database,
    private readonly bus: MessageBus,
  ) {
    this.bucket = bus.bucket<Notice>('webhook-secrets');
    configs.onApplied(({ serviceName }) => this.rebuild(serviceName));
    database.onStateChange((state) => {
      if (state === 'connected') void this.moveToActiveKey();
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.configs.start();
    await this.reload();
    this.watch = this.bucket.watch(() => void this.reload());
    this.timer = setInterval(() => {
      const isStale = performance.now() - this.readAtMs > REFRESH_MS;
      if (isStale || this.secrets === undefined || this.bus.state !== 'connected') void this.reload();
    }, POLL_MS);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
    this.watch?.stop();
    this.configs.stop();
  }

  /** Undefined until configuration and secrets have been read once. */
  find(serviceName: ServiceName): Source | undefined {
    return this.sources.get(serviceName);
  }

  get areLoaded(): boolean {
    return this.sources.size === SERVICE_NAMES.length;
  }

  /** Secrets changed: they hold here when this resolves, on the other replicas within a second. */
  async announce(serviceName: ServiceName): Promise<void> {
    try {
      await this.bucket.put(serviceName, { changedAt: new Date().toISOString() });
    } catch (error) {
      this.logger.warn(`The other replicas read the secrets of ${serviceName} within 30 s: ${String(error)}`);
    }
    await this.reload();
  }

  /** One reading at a time; a change that comes while one is under way makes for another. */
  private async reload(): Promise<void> {
    if (this.reading !== undefined) {
      this.readAgain = true;
      return this.reading;
    }
    this.reading = this.read();
    await this.reading;
  }

  private async read(): Promise<void> {
    try {
      do {
        this.readAgain = false;
        const revealed = await this.store.reveal();
        this.secrets = new Map(
          SERVICE_NAMES.map((name) => [name, revealed.filter(({ serviceName }) => serviceName === name)]),
        );
        this.readAtMs = performance.now();
        for (const name of SERVICE_NAMES) this.rebuild(name);
      } while (this.readAgain);
    } catch (error) {
      const meanwhile = this.secrets === undefined ? 'nothing is accepted' : 'the last known ones hold';
      this.logger.warn(`The secrets of webhook sources cannot be read (${meanwhile}): ${String(error)}`);
    } finally {
      this.reading = undefined;
    }
  }

  private rebuild(serviceName: ServiceName): void {
    const config = this.configs.find(serviceName);
    const secrets = this.secrets?.get(serviceName);
    if (config === undefined || secrets === undefined) return;
    this.sources.set(serviceName, sourceOf(serviceName, config.body, secrets));
  }

  /** So that an older key can leave CREDENTIAL_KEYS after one start with both. */
  private async moveToActiveKey(): Promise<void> {
    try {
      const moved = await this.store.reencrypt();
      if (moved > 0) this.logger.log(`${moved} webhook secrets are encrypted under the active key now`);
    } catch (error) {
      this.logger.warn(`Webhook secrets keep their keys: ${String(error)}`);
    }
  }
}
