import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { defaultBatchPolicies } from '@signalbox/batching';
import type { BatchPolicy, ServiceName } from '@signalbox/contracts';
import { BATCH_POLICIES, ChangeConfig, LiveConfig, type VersionedConfig } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
import { ConfigStore, Database } from '@signalbox/persistence';

/** The batch policies in force, complete: what a policy leaves open is as shipped. */
@Injectable()
export class LivePolicies implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly live: LiveConfig<BatchPolicy>;

  constructor(
    @Inject(MessageBus) bus: MessageBus,
    @Inject(Database) database: Database,
    @Inject(ConfigStore) configs: ConfigStore,
    @Inject(ChangeConfig) change: ChangeConfig,
  ) {
    this.live = new LiveConfig(BATCH_POLICIES, { bus, database, configs, change });
  }

  onApplicationBootstrap(): Promise<void> {
    return this.live.start();
  }

  beforeApplicationShutdown(): void {
    this.live.stop();
  }

  get isLoaded(): boolean {
    return this.live.isLoaded;
  }

  /** As shipped until a version arrived. */
  policyOf(serviceName: ServiceName): Required<BatchPolicy> {
    return { ...defaultBatchPolicies[serviceName], ...this.live.find(serviceName)?.body };
  }

  /** @throws SignalboxError DEPENDENCY_UNAVAILABLE before the first version arrived */
  versionOf(serviceName: ServiceName): VersionedConfig<BatchPolicy> {
    return this.live.get(serviceName);
  }

  onApplied(listener: (serviceName: ServiceName) => void): void {
    this.live.onApplied(({ serviceName }) => listener(serviceName));
  }

  /** Makes a version live here that this replica has just written. */
  take(version: VersionedConfig<BatchPolicy>): void {
    this.live.take(version);
  }
}
