import { Logger } from '@nestjs/common';
import { SERVICE_NAMES, SignalboxError, type ServiceName } from '@signalbox/contracts';
import { MessageBus, type BucketWatch } from '@signalbox/messaging';
import { ConfigStore, Database, type ChangedBy } from '@signalbox/persistence';
import { ChangeConfig } from './change-config.js';
import type { ConfigKind } from './kinds.js';
import { CONFIG_BUCKET, objectOf, versionedOf, type VersionedConfig } from './versioned-config.js';

/** Who the audit names for what ships. */
const FIRST_START: ChangedBy = { actor: 'signalbox', role: 'service', correlationId: 'first-start' };
/** A change must be live on every replica within a second, also while NATS is away. */
const POLL_MS = 1_000;
/** For what the bucket was never told: a process may die between its commit and the news of it. */
const REREAD_MS = 30_000;

export interface LiveConfigParts {
  bus: MessageBus;
  database: Database;
  configs: ConfigStore;
  change: ChangeConfig;
}

/**
 * One kind of configuration as this replica goes by it right now. PostgreSQL is the truth; versions come over a KV
 * bucket in milliseconds, and from PostgreSQL once a second until all that it has is in the bucket: while NATS is away,
 * and once after that. Newer versions replace older ones, never the reverse. Whoever makes one starts and stops it.
 */
export class LiveConfig<T> {
  private readonly logger = new Logger(LiveConfig.name);
  private readonly live = new Map<ServiceName, VersionedConfig<T>>();
  private readonly listeners: ((config: VersionedConfig<T>) => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private watch: BucketWatch<VersionedConfig<unknown>> | undefined;
  private seeded = false;
  private polling = false;
  /** The bucket may lack what PostgreSQL has, or this replica what both have. */
  private behind = true;
  private readAtMs = 0;

  constructor(
    private readonly kind: ConfigKind<T>,
    private readonly parts: LiveConfigParts,
  ) {}

  /** Called with each version that becomes live, the first included. */
  onApplied(listener: (config: VersionedConfig<T>) => void): void {
    this.listeners.push(listener);
  }

  async start(): Promise<void> {
    const bucket = this.parts.bus.bucket<VersionedConfig<unknown>>(CONFIG_BUCKET);
    this.watch = bucket.watch((_key, entry) => {
      if (entry !== null) this.takeShared(entry.value);
    }, `${this.kind.name}.*`);
    await this.poll();
    this.timer = setInterval(() => void this.poll(), POLL_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.watch?.stop();
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

  private isDue(): boolean {
    const { bus, change, database } = this.parts;
    if (bus.state !== 'connected' || change.takeUnshared(this.kind)) this.behind = true;
    if (this.behind) return true;
    return database.state === 'connected' && performance.now() - this.readAtMs >= REREAD_MS;
  }

  private async poll(): Promise<void> {
    if (this.polling || !this.isDue()) return;
    this.polling = true;
    const wasBehind = this.behind;
    // What fails from here on makes it true again.
    this.behind = false;
    this.readAtMs = performance.now();
    try {
      if (!this.seeded) {
        await this.seed();
        this.seeded = true;
      }
      const configs = await this.load();
      for (const config of configs) this.take(config);
      if (!(await this.share(configs))) this.behind = true;
    } catch (error) {
      this.behind ||= wasBehind;
      const meanwhile = this.isLoaded ? 'going by the last known' : 'there is none yet';
      this.logger.warn(
        `The configuration ${this.kind.name}:* cannot be read (${meanwhile}): ${String(error)}. Is PostgreSQL up?`,
      );
    } finally {
      this.polling = false;
    }
  }

  private async share(configs: readonly VersionedConfig<T>[]): Promise<boolean> {
    const { bus, change } = this.parts;
    if (bus.state !== 'connected') return false;
    const shared = await Promise.all(configs.map((config) => change.share(this.kind, config)));
    return shared.every(Boolean);
  }

  private async seed(): Promise<void> {
    await this.parts.database.migrate();
    const objects = SERVICE_NAMES.map((serviceName) => ({
      object: objectOf(this.kind, serviceName),
      body: this.kind.defaults[serviceName],
    }));
    await this.parts.configs.seed(objects, FIRST_START);
  }

  private async load(): Promise<VersionedConfig<T>[]> {
    const all = await this.parts.configs.loadAll(`${this.kind.name}:`);
    return all.flatMap((live) => versionedOf(this.kind, live) ?? []);
  }
}
