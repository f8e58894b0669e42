import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { defaultBatchPolicies } from '@signalbox/batching';
import type { BatchPolicy, ServiceName } from '@signalbox/contracts';
import { BATCH_POLICIES, LiveConfigs, type LiveConfig, type VersionedConfig } from '@signalbox/hosting';

/** The batch policies in force, complete: what a policy leaves open is as shipped. */
@Injectable()
export class LivePolicies implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly live: LiveConfig<BatchPolicy>;

  constructor(configs: LiveConfigs) {
    this.live = configs.of(BATCH_POLICIES);
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
