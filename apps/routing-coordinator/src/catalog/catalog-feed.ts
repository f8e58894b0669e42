import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { defaultCatalog } from '@signalbox/catalog';
import { serviceConfig, type VersionedService } from '@signalbox/contracts';
import { CATALOG_BUCKET, ServiceConfigNews } from '@signalbox/hosting';
import { MessageBus, type BucketWatch } from '@signalbox/messaging';
import { CatalogStore, Database, type ChangedBy } from '@signalbox/persistence';
import { LiveCatalog } from './live-catalog.js';

/** Who the audit names for the catalog that ships. */
const FIRST_START: ChangedBy = { actor: 'signalbox', role: 'service', correlationId: 'first-start' };

/** A change must be live on every replica within a second, also while NATS is away. */
const POLL_MS = 1_000;
/** For what the bucket was never told: a process may die between its commit and the news of it. */
const REREAD_MS = 30_000;

/**
 * Keeps the live catalog current. PostgreSQL is the truth; every version is copied into a KV bucket that all
 * replicas watch, so that a change arrives in milliseconds and a replica can start while PostgreSQL is down.
 * PostgreSQL is asked once a second until all that it has is in the bucket: while NATS is down, and once after that.
 */
@Injectable()
export class CatalogFeed implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(CatalogFeed.name);
  private timer: NodeJS.Timeout | undefined;
  private watch: BucketWatch<VersionedService> | undefined;
  private seeded = false;
  private polling = false;
  /** The bucket may lack what PostgreSQL has, or this replica what both have. */
  private behind = true;
  private readAtMs = 0;

  constructor(
    private readonly live: LiveCatalog,
    private readonly database: Database,
    private readonly store: CatalogStore,
    private readonly bus: MessageBus,
    private readonly news: ServiceConfigNews,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.watch = this.bus.bucket<VersionedService>(CATALOG_BUCKET).watch((_key, entry) => {
      if (entry !== null && serviceConfig.check(entry.value.service)) this.take(entry.value);
    });
    await this.poll();
    this.timer = setInterval(() => void this.poll(), POLL_MS);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
    this.watch?.stop();
  }

  /** Makes a committed version live here and tells the other replicas. */
  async publish(changed: VersionedService, changedBy: string): Promise<void> {
    this.take(changed);
    if (!(await this.news.publish(changed, changedBy))) this.behind = true;
  }

  private isDue(): boolean {
    if (this.bus.state !== 'connected') this.behind = true;
    if (this.behind) return true;
    return this.database.state === 'connected' && performance.now() - this.readAtMs >= REREAD_MS;
  }

  private async poll(): Promise<void> {
    if (this.polling || !this.isDue()) return;
    this.polling = true;
    const wasBehind = this.behind;
    // What fails from here on makes it true again.
    this.behind = false;
    this.readAtMs = performance.now();
    try {
      if (!this.seeded) {
        await this.database.migrate();
        await this.store.seed(defaultCatalog, FIRST_START);
        this.seeded = true;
      }
      const services = await this.store.loadAll();
      for (const service of services) this.take(service);
      const shared =
        this.bus.state === 'connected' &&
        (await Promise.all(services.map((service) => this.news.share(service)))).every(Boolean);
      if (!shared) this.behind = true;
    } catch (error) {
      this.behind ||= wasBehind;
      const routing = this.live.isLoaded
        ? 'routing by the last known one'
        : 'not every service can be routed yet';
      this.logger.warn(`The catalog cannot be read (${routing}): ${String(error)}. Is PostgreSQL up?`);
    } finally {
      this.polling = false;
    }
  }

  private take(service: VersionedService): void {
    if (this.live.apply(service)) {
      this.logger.log(`Configuration of ${service.service.serviceName} is now version ${service.version}`);
    }
  }
}
