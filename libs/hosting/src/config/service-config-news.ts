import { Injectable, Logger } from '@nestjs/common';
import type { VersionedService } from '@signalbox/contracts';
import { MessageBus, type KeyValueBucket } from '@signalbox/messaging';
import { serviceObject } from '@signalbox/persistence';
import { putNewest } from './put-newest.js';

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
  private isUnshared = false;

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
    if (!(await this.share(changed))) this.isUnshared = true;
  }

  /** Whether the bucket lacks a version that was told of here since this was asked last. */
  takeUnshared(): boolean {
    const { isUnshared } = this;
    this.isUnshared = false;
    return isUnshared;
  }

  /**
   * Copies a version into the bucket unless a newer one is there; PostgreSQL keeps it in any case. False when it is
   * not there yet.
   */
  async share(service: VersionedService): Promise<boolean> {
    const key = service.service.serviceName;
    try {
      await putNewest(this.bucket, key, service);
      return true;
    } catch (error) {
      this.logger.warn(`Version ${service.version} of ${key} is not in the bucket yet: ${String(error)}`);
      return false;
    }
  }
}
