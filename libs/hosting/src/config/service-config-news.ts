import { Injectable, Logger } from '@nestjs/common';
import type { VersionedService } from '@signalbox/contracts';
import { MessageBus, type KeyValueBucket } from '@signalbox/messaging';
import { serviceObject } from '@signalbox/persistence';

/** Every service's configuration by its name, as coordinators route by it. */
export const CATALOG_BUCKET = 'catalog';

/** Each one lost is another version that was written at the same moment. */
const SHARE_ATTEMPTS = 20;

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

  /**
   * Tells of a committed version. Never rejects: replicas that are not told read it from PostgreSQL. False as of
   * {@link share}.
   */
  async publish(changed: VersionedService, changedBy: string): Promise<boolean> {
    const object = serviceObject(changed.service.serviceName);
    this.bus.post('config.changed', undefined, {
      eventId: `${object}:${changed.version}`,
      occurredAt: changed.updatedAt,
      object,
      version: changed.version,
      changedBy,
    });
    return this.share(changed);
  }

  /**
   * Copies a version into the bucket unless a newer one is there; PostgreSQL keeps it in any case. False when it is
   * not there yet.
   */
  async share(service: VersionedService): Promise<boolean> {
    const key = service.service.serviceName;
    try {
      for (let attempt = 1; attempt <= SHARE_ATTEMPTS; attempt++) {
        const current = await this.bucket.get(key);
        if (current !== null && current.value.version >= service.version) return true;
        const written =
          current === null
            ? await this.bucket.create(key, service)
            : await this.bucket.update(key, service, current.revision);
        // Lost to another version, which may be an older one.
        if (written.won) return true;
      }
      throw new Error(`${SHARE_ATTEMPTS} other versions came first`);
    } catch (error) {
      this.logger.warn(`Version ${service.version} of ${key} is not in the bucket yet: ${String(error)}`);
      return false;
    }
  }
}
