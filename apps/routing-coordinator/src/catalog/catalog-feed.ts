import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { defaultCatalog } from '@signalbox/catalog';
import { serviceConfig, type VersionedService } from '@signalbox/contracts';
import { MessageBus, type BucketWatch, type KeyValueBucket } from '@signalbox/messaging';
import { CatalogStore, Database, type ChangedBy } from '@signalbox/persistence';
import { LiveCatalog } from './live-catalog.js';

/** Who the audit names for the catalog that ships. */
const FIRST_START: ChangedBy = { actor: 'signalbox', role: 'service', correlationId: 'first-start' };

/** A change must be live on every replica within a second, also while NATS is away. */
const POLL_MS = 1_000;

/**
 * Keeps the live catalog current. PostgreSQL is the truth; every version is copied into a KV bucket that all
 * replicas watch, so that a change arrives in milliseconds and a replica can start while PostgreSQL is down.
 * While NATS is down, or nothing is loaded yet, PostgreSQL is asked once a second.
 */
@Injectable()
export class CatalogFeed implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(CatalogFeed.name);
  private readonly bucket: KeyValueBucket<VersionedService>;
  private timer: NodeJS.Timeout | undefined;
  private watch: BucketWatch<VersionedService> | undefined;
  private seeded = false;
  private polling = false;

  constructor(
    private readonly live: LiveCatalog,
    private readonly database: Database,
    private readonly store: CatalogStore,
    private readonly bus: MessageBus,
  ) {
    this.bucket = bus.bucket<VersionedService>('catalog');
  }

  async onApplicationBootstrap(): Promise<void> {
    this.watch = this.bucket.watch((_key, entry) => {
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
    const { serviceName } = changed.service;
    const object = `service:${serviceName}`;
    this.bus.post('config.changed', undefined, {
      eventId: `${object}:${changed.version}`,
      occurredAt: changed.updatedAt,
      object,
      version: changed.version,
      changedBy,
    });
    await this.share(changed);
  }

  private async poll(): Promise<void> {
    if (this.polling || (this.seeded && this.bus.state === 'connected')) return;
    this.polling = true;
    try {
      if (!this.seeded) {
        await this.database.migrate();
        await this.store.seed(defaultCatalog, FIRST_START);
      }
      const services = await this.store.loadAll();
      for (const service of services) this.take(service);
      if (!this.seeded) await Promise.all(services.map((service) => this.share(service)));
      this.seeded = true;
    } catch (error) {
      const routing = this.live.isLoaded ? 'routing by the last known one' : 'nothing can be routed yet';
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

  /** Copies a version into the bucket unless a newer one is there; PostgreSQL keeps it in any case. */
  private async share(service: VersionedService): Promise<void> {
    try {
      const key = service.service.serviceName;
      const current = await this.bucket.get(key);
      if (current === null) await this.bucket.create(key, service);
      else if (current.value.version < service.version)
        await this.bucket.update(key, service, current.revision);
    } catch (error) {
      this.logger.warn(
        `Version ${service.version} of ${service.service.serviceName} is not in the bucket yet: ${String(error)}`,
      );
    }
  }
}
