import { Inject, Injectable, Logger } from '@nestjs/common';
import { SERVICE_NAMES, SignalboxError, type ServiceName } from '@signalbox/contracts';
import { MessageBus } from '@signalbox/messaging';
import { ConfigStore, Database, type ChangedBy } from '@signalbox/persistence';
import { Schedule } from '../schedule/schedule.js';
import { ChangeConfig } from './change-config.js';
import type { ConfigKind } from './kinds.js';
import { VersionFeed, type VersionFeedParts } from './version-feed.js';
import { CONFIG_BUCKET, objectOf, versionedOf, type VersionedConfig } from './versioned-config.js';

/** Makes a {@link LiveConfig} of any kind. */
@Injectable()
export class LiveConfigs {
  private readonly parts: VersionFeedParts;

  constructor(
    private readonly configs: ConfigStore,
    private readonly change: ChangeConfig,
    @Inject(MessageBus) bus: MessageBus,
    @Inject(Database) database: Database,
    schedule: Schedule,
  ) {
    this.parts = { bus, database, schedule };
  }

  /** For the class that goes by it: it starts it with the process, and stops it. */
  of<T>(kind: ConfigKind<T>): LiveConfig<T> {
    return new LiveConfig(kind, this.configs, this.change, this.parts);
  }
}

/**
 * One kind of configuration as this replica goes by it right now: newer versions replace older ones, never the
 * reverse.
 */
export class LiveConfig<T> {
  private readonly logger = new Logger(LiveConfig.name);
  private readonly live = new Map<ServiceName, VersionedConfig<T>>();
  private readonly listeners: ((config: VersionedConfig<T>) => void)[] = [];
  private readonly feed: VersionFeed<VersionedConfig<T>>;

  constructor(
    private readonly kind: ConfigKind<T>,
    private readonly configs: ConfigStore,
    change: ChangeConfig,
    parts: VersionFeedParts,
  ) {
    this.feed = new VersionFeed<VersionedConfig<T>>(
      {
        name: `${kind.name}:*`,
        bucket: CONFIG_BUCKET,
        keys: `${kind.name}.*`,
        seed: (by) => this.seed(by),
        load: () => this.load(),
        take: (config) => this.take(config),
        takeShared: (value) => this.takeShared(value as VersionedConfig<unknown>),
        share: (config) => change.share(kind, config),
        takeUnshared: () => change.takeUnshared(kind),
      },
      parts,
    );
  }

  /** Called with each version that becomes live, the first included. */
  onApplied(listener: (config: VersionedConfig<T>) => void): void {
    this.listeners.push(listener);
  }

  start(): Promise<void> {
    return this.feed.start();
  }

  stop(): void {
    this.feed.stop();
  }

  get isLoaded(): boolean {
    return this.live.size > 0;
  }

  find(serviceName: ServiceName): VersionedConfig<T> | undefined {
    return this.live.get(serviceName);
  }

  /** @throws SignalboxError DEPENDENCY_UNAVAILABLE before the first version arrived */
  get(serviceName: ServiceName): VersionedConfig<T> {
    const found = this.live.get(serviceName);
    if (found !== undefined) return found;
    throw new SignalboxError(
      'DEPENDENCY_UNAVAILABLE',
      `The configuration ${objectOf(this.kind, serviceName)} is not loaded yet`,
    );
  }

  all(): VersionedConfig<T>[] {
    return [...this.live.values()];
  }

  /** Makes a version live here unless a newer one is: for the replica that has just written it. */
  take(config: VersionedConfig<T>): void {
    const current = this.live.get(config.serviceName);
    if (current !== undefined && current.version >= config.version) return;
    this.live.set(config.serviceName, config);
    this.logger.log(`${objectOf(this.kind, config.serviceName)} is now version ${config.version}`);
    for (const tell of this.listeners) tell(config);
  }

  private takeShared(shared: VersionedConfig<unknown>): void {
    try {
      this.take({ ...shared, body: this.kind.parse(shared.body) });
    } catch (error) {
      this.logger.warn(
        `Ignored ${this.kind.name}:${shared.serviceName} version ${shared.version}: ${String(error)}. Are all ` +
          'replicas of one release?',
      );
    }
  }

  private seed(by: ChangedBy): Promise<string[]> {
    const objects = SERVICE_NAMES.map((serviceName) => ({
      object: objectOf(this.kind, serviceName),
      body: this.kind.defaults[serviceName],
    }));
    return this.configs.seed(objects, by);
  }

  private async load(): Promise<VersionedConfig<T>[]> {
    const all = await this.configs.loadAll(`${this.kind.name}:`);
    return all.flatMap((live) => versionedOf(this.kind, live) ?? []);
  }
}
