import { Injectable, Logger } from '@nestjs/common';
import type { VersionedService } from '@signalbox/contracts';
import { MessageBus, type KeyValueBucket } from '@signalbox/messaging';
import { serviceObject } from '@signalbox/persistence';

/** Every service's configuration by its name, as coordinators route by it. */
export const CATALOG_BUCKET = 'catalog';

/**
 * Brings a version of a service's configuration that PostgreSQL has to everybody who goes by it: the bucket that
 * coordinators watch, and `config.changed`. For whichever app wrote it.
 */
@Injectable()
export class ServiceConfigNews {
  private readonly logger = new Logger(ServiceConfigNews.name);
  private readonly bucket: KeyValueBucket<VersionedService>;

  constructor(private readonly bus: MessageBus) {
    this.bucket = bus.bucket<VersionedService>(CATALOG_BUCKET);
  }

  /** Tells of a committed version. Never rejects: replicas that are not told read it from PostgreSQL. */
  async publish(changed: VersionedService, changedBy: string): Promise<void> {
    const object = serviceObject(changed.service.serviceName);
    this.bus.post('config.changed', undefined, {
      eventId: `${object}:${changed.version}`,
      occurredAt: changed.updatedAt,
      object,
      version: changed.version,
      changedBy,
    });
    await this.share(changed);
  }

  /** Copies a version into the bucket unless a newer one is there; PostgreSQL keeps it in any case. */
  async share(service: VersionedService): Promise<void> {
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
