import { Inject, Injectable } from '@nestjs/common';
import { validateService } from '@signalbox/catalog';
import type { ServiceConfig, ServiceName, VersionedService } from '@signalbox/contracts';
import { ServiceConfigNews } from '@signalbox/hosting';
import { CatalogStore, ConfigStore, type ConfigChange } from '@signalbox/persistence';

/** The services' configuration as PostgreSQL has it: asked for each run, so that no run judges by an old one. */
@Injectable()
export class LiveServices {
  private readonly store: CatalogStore;

  constructor(
    @Inject(ConfigStore) configs: ConfigStore,
    private readonly news: ServiceConfigNews,
  ) {
    this.store = new CatalogStore(configs);
  }

  async all(): Promise<Map<ServiceName, ServiceConfig>> {
    const services = await this.store.loadAll();
    return new Map(services.map(({ service }) => [service.serviceName, service]));
  }

  get(serviceName: ServiceName): Promise<VersionedService> {
    return this.store.get(serviceName);
  }

  /** Validated whole, versioned and audited in one transaction, then live on every coordinator. */
  async edit(
    serviceName: ServiceName,
    next: (service: ServiceConfig) => ServiceConfig,
    change: ConfigChange,
  ): Promise<VersionedService> {
    const others = [...(await this.all()).values()];
    const changed = await this.store.edit(
      serviceName,
      (live) => {
        const service = next(live);
        validateService(service, others);
        return service;
      },
      change,
    );
    await this.news.publish(changed, change.by.actor);
    return changed;
  }
}
