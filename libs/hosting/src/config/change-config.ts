import { Injectable, Logger } from '@nestjs/common';
import { SignalboxError, type ServiceName } from '@signalbox/contracts';
import { MessageBus, type KeyValueBucket } from '@signalbox/messaging';
import { ConfigStore, type ChangedBy, type LiveConfig } from '@signalbox/persistence';
import { Correlation, type Caller } from '@signalbox/platform';
import { kindOf, type ConfigKind } from './kinds.js';
import { putNewest } from './put-newest.js';
import {
  CONFIG_BUCKET,
  bucketKeyOf,
  objectOf,
  versionedOf,
  type VersionedConfig,
} from './versioned-config.js';

export interface ChangeOptions {
  expectedVersion?: number | undefined;
  comment?: string | undefined;
}

/** Changes configuration: checked whole, versioned and audited in one transaction, then live on every replica. */
@Injectable()
export class ChangeConfig {
  private readonly logger = new Logger(ChangeConfig.name);
  private readonly bucket: KeyValueBucket<VersionedConfig<unknown>>;
  /** Kinds of which the bucket did not take a version. */
  private readonly unshared = new Set<string>();

  constructor(
    private readonly configs: ConfigStore,
    private readonly bus: MessageBus,
  ) {
    this.bucket = bus.bucket<VersionedConfig<unknown>>(CONFIG_BUCKET);
  }

  /**
   * Replaces the body whole.
   * @throws SignalboxError IMPOSSIBLE_CONFIGURATION naming every bad field; VERSION_CONFLICT when it moved on
   */
  put<T>(
    kind: ConfigKind<T>,
    serviceName: ServiceName,
    body: T,
    caller: Caller,
    options: ChangeOptions = {},
  ): Promise<VersionedConfig<T>> {
    return this.edit(kind, serviceName, () => body, caller, options);
  }

  /** Makes the next body from the live one with no other change in between. Errors as of {@link put}. */
  async edit<T>(
    kind: ConfigKind<T>,
    serviceName: ServiceName,
    next: (live: T) => T,
    caller: Caller,
    options: ChangeOptions = {},
  ): Promise<VersionedConfig<T>> {
    const live = await this.configs.edit(
      objectOf(kind, serviceName),
      (body) => kind.parse(next(body === null ? kind.defaults[serviceName] : kind.parse(body))),
      { by: by(caller), ...given(options) },
    );
    return this.publish(kind, live);
  }

  /**
   * Makes the body of an earlier version the newest one, if it is still allowed.
   * @throws SignalboxError NOT_FOUND for a version of no kind that lives here
   */
  async rollback(
    versionId: string,
    caller: Caller,
    options: ChangeOptions = {},
  ): Promise<VersionedConfig<unknown>> {
    const { object } = await this.configs.version(versionId);
    const kind = kindOf(object);
    if (kind === undefined) throw new SignalboxError('NOT_FOUND', `Nothing rolls back ${object}`);
    const live = await this.configs.rollback(
      versionId,
      { by: by(caller), ...given(options) },
      (body) => void kind.parse(body),
    );
    return this.publish(kind, live);
  }

  /**
   * Puts a version where every replica watches, unless a newer one is there. PostgreSQL keeps it in any case. False when
   * it is not there yet.
   */
  async share(kind: ConfigKind<unknown>, config: VersionedConfig<unknown>): Promise<boolean> {
    try {
      await putNewest(this.bucket, bucketKeyOf(kind, config.serviceName), config);
      return true;
    } catch (error) {
      this.logger.warn(
        `Version ${config.version} of ${kind.name}:${config.serviceName} is not in the bucket yet: ${String(error)}`,
      );
      return false;
    }
  }

  /** Whether the bucket lacks a version that was made here since this was asked last. */
  takeUnshared(kind: ConfigKind<unknown>): boolean {
    return this.unshared.delete(kind.name);
  }

  private async publish<T>(kind: ConfigKind<T>, live: LiveConfig): Promise<VersionedConfig<T>> {
    const changed = versionedOf(kind, live);
    if (changed === null) throw new Error(`${live.object} cannot be read back`);
    this.bus.post('config.changed', undefined, {
      eventId: `${live.object}:${live.version}`,
      occurredAt: live.updatedAt,
      object: live.object,
      version: live.version,
      changedBy: live.updatedBy,
    });
    if (!(await this.share(kind, changed))) this.unshared.add(kind.name);
    return changed;
  }
}

function by(caller: Caller): ChangedBy {
  return { actor: caller.subject, role: caller.role, correlationId: Correlation.id() ?? 'none' };
}

function given({ expectedVersion, comment }: ChangeOptions): ChangeOptions {
  return {
    ...(expectedVersion === undefined ? {} : { expectedVersion }),
    ...(comment === undefined ? {} : { comment }),
  };
}
