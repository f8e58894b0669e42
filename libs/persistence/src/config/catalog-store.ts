import { SignalboxError, type ServiceConfig, type VersionedService } from '@signalbox/contracts';
import type { ChangedBy } from '../audit/audit-store.js';
import type { ConfigChange, ConfigStore, LiveConfig } from './config-store.js';

const PREFIX = 'service:';

/** The configuration object that holds a service. */
export function serviceObject(serviceName: string): string {
  return `${PREFIX}${serviceName}`;
}

/** The services' configuration: the truth that every replica's routing follows. */
export class CatalogStore {
  constructor(private readonly configs: ConfigStore) {}

  /** Loads a catalog into an empty database; services that are there already stay as they are. */
  seed(services: readonly ServiceConfig[], by: ChangedBy): Promise<string[]> {
    return this.configs.seed(
      services.map((service) => ({ object: serviceObject(service.serviceName), body: service })),
      by,
    );
  }

  async loadAll(): Promise<VersionedService[]> {
    return (await this.configs.loadAll(PREFIX)).map(versionedService);
  }

  /** Rejects with UNKNOWN_SERVICE. */
  async get(serviceName: string): Promise<VersionedService> {
    const live = await this.configs.get(serviceObject(serviceName));
    if (live === null) throw unknownService(serviceName);
    return versionedService(live);
  }

  /** Replaces a service. `service` has been validated whole. Rejects with VERSION_CONFLICT. */
  async put(service: ServiceConfig, change: ConfigChange): Promise<VersionedService> {
    return versionedService(await this.configs.put(serviceObject(service.serviceName), service, change));
  }

  /** Changes a part of a service with no other change in between, such as the drain of one node. */
  async edit(
    serviceName: string,
    next: (service: ServiceConfig) => ServiceConfig,
    change: ConfigChange,
  ): Promise<VersionedService> {
    const live = await this.configs.edit(
      serviceObject(serviceName),
      (body) => {
        if (body === null) throw unknownService(serviceName);
        return next(body as ServiceConfig);
      },
      change,
    );
    return versionedService(live);
  }
}

function versionedService(live: LiveConfig): VersionedService {
  return {
    version: live.version,
    updatedAt: live.updatedAt,
    updatedBy: live.updatedBy,
    service: live.body as ServiceConfig,
  };
}

function unknownService(serviceName: string): SignalboxError {
  return new SignalboxError('UNKNOWN_SERVICE', `There is no service ${serviceName}`);
}
