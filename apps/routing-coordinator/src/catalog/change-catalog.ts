import { Injectable } from '@nestjs/common';
import { validateService } from '@signalbox/catalog';
import {
  serviceConfig,
  type ServiceConfig,
  type ServiceName,
  type VersionedService,
} from '@signalbox/contracts';
import { CatalogStore, ConfigStore, type ChangedBy } from '@signalbox/persistence';
import { Correlation, type Caller } from '@signalbox/platform';
import { CatalogFeed } from './catalog-feed.js';
import { LiveCatalog } from './live-catalog.js';

export interface ChangeOptions {
  expectedVersion?: number | undefined;
  comment?: string | undefined;
}

/** Changes a service's configuration: validated whole, versioned and audited in one transaction, then live everywhere. */
@Injectable()
export class ChangeCatalog {
  constructor(
    private readonly store: CatalogStore,
    private readonly configs: ConfigStore,
    private readonly feed: CatalogFeed,
    private readonly live: LiveCatalog,
  ) {}

  /** @throws SignalboxError IMPOSSIBLE_CONFIGURATION naming every bad field; VERSION_CONFLICT when it moved on. */
  async put(service: ServiceConfig, caller: Caller, options: ChangeOptions): Promise<VersionedService> {
    validateService(service, this.live.services());
    const changed = await this.store.put(service, { by: this.by(caller), ...given(options) });
    await this.feed.publish(changed, caller.subject);
    return changed;
  }

  /** Takes a node out of traffic, or back into it. Calls in flight are not touched. */
  async setDrained(
    serviceName: ServiceName,
    nodeId: string,
    drained: boolean,
    caller: Caller,
    options: ChangeOptions,
  ): Promise<VersionedService> {
    const verb = drained ? 'drain' : 'undrain';
    const changed = await this.store.edit(
      serviceName,
      (service) => ({
        ...service,
        nodes: service.nodes.map((node) => (node.nodeId === nodeId ? { ...node, drained } : node)),
      }),
      { by: this.by(caller), action: `node.${verb}`, comment: `${verb} ${nodeId}`, ...given(options) },
    );
    await this.feed.publish(changed, caller.subject);
    return changed;
  }

  /** Makes the body of an earlier version the newest one, if it can still be routed by. */
  async rollback(versionId: string, caller: Caller, options: ChangeOptions): Promise<VersionedService> {
    let serviceName: ServiceName | undefined;
    await this.configs.rollback(versionId, { by: this.by(caller), ...given(options) }, (body) => {
      const service = serviceConfig.parse(body);
      validateService(service, this.live.services());
      serviceName = service.serviceName;
    });
    if (serviceName === undefined) throw new Error('a rollback that was not checked');
    const changed = await this.store.get(serviceName);
    await this.feed.publish(changed, caller.subject);
    return changed;
  }

  private by(caller: Caller): ChangedBy {
    return { actor: caller.subject, role: caller.role, correlationId: Correlation.id() ?? 'none' };
  }
}

function given({ expectedVersion, comment }: ChangeOptions): ChangeOptions {
  return {
    ...(expectedVersion === undefined ? {} : { expectedVersion }),
    ...(comment === undefined ? {} : { comment }),
  };
}
