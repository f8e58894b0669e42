import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { defaultCatalog } from '@signalbox/catalog';
import { serviceConfig, type VersionedService } from '@signalbox/contracts';
import { CATALOG_BUCKET, Schedule, ServiceConfigNews, VersionFeed } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
import { CatalogStore, Database } from '@signalbox/persistence';
import { LiveCatalog } from './live-catalog.js';

/** Keeps the live catalog current. Nothing can be routed before its first version. */
@Injectable()
export class CatalogFeed implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(CatalogFeed.name);
  private readonly feed: VersionFeed<VersionedService>;

  constructor(
    private readonly live: LiveCatalog,
    private readonly news: ServiceConfigNews,
    store: CatalogStore,
    schedule: Schedule,
    @Inject(Database) database: Database,
    @Inject(MessageBus) bus: MessageBus,
  ) {
    this.feed = new VersionFeed<VersionedService>(
      {
        name: 'the catalog',
        bucket: CATALOG_BUCKET,
        seed: (by) => store.seed(defaultCatalog, by),
        load: () => store.loadAll(),
        take: (service) => this.take(service),
        takeShared: (value) => this.takeShared(value as VersionedService),
        share: (service) => news.share(service),
        takeUnshared: () => news.takeUnshared(),
      },
      { bus, database, schedule },
    );
  }

  onApplicationBootstrap(): Promise<void> {
    return this.feed.start();
  }

  beforeApplicationShutdown(): void {
    this.feed.stop();
  }

  /** Makes a committed version live here and tells the other replicas. */
  async publish(changed: VersionedService, changedBy: string): Promise<void> {
    this.take(changed);
    await this.news.publish(changed, changedBy);
  }

  private takeShared(shared: VersionedService): void {
    if (serviceConfig.check(shared.service)) this.take(shared);
  }

  private take(service: VersionedService): void {
    if (this.live.apply(service)) {
      this.logger.log(`Configuration of ${service.service.serviceName} is now version ${service.version}`);
    }
  }
}
