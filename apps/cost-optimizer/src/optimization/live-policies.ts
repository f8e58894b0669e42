import { Inject, Injectable } from '@nestjs/common';
import type { BatchPolicy, ServiceName } from '@signalbox/contracts';
import { BATCH_POLICIES, ChangeConfig } from '@signalbox/hosting';
import { ConfigStore } from '@signalbox/persistence';
import type { Caller } from '@signalbox/platform';

/** The services' batch policies as PostgreSQL has them, or as they ship before anybody has written one. */
@Injectable()
export class LivePolicies {
  constructor(
    @Inject(ConfigStore) private readonly configs: ConfigStore,
    @Inject(ChangeConfig) private readonly change: ChangeConfig,
  ) {}

  async get(serviceName: ServiceName): Promise<{ policy: BatchPolicy; version: number }> {
    const live = await this.configs.get(`${BATCH_POLICIES.name}:${serviceName}`);
    if (live === null) return { policy: BATCH_POLICIES.defaults[serviceName], version: 0 };
    return { policy: BATCH_POLICIES.parse(live.body), version: live.version };
  }

  /** Versioned, audited, and live on every worker. Resolves with the new version. */
  async edit(
    serviceName: ServiceName,
    next: (policy: BatchPolicy) => BatchPolicy,
    caller: Caller,
    comment: string,
  ): Promise<number> {
    const { version } = await this.change.edit(BATCH_POLICIES, serviceName, next, caller, { comment });
    return version;
  }
}
