import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Alerting, PutAlerting, ServiceName } from '@signalbox/contracts';
import {
  ALERTING,
  ChangeConfig,
  LiveConfigs,
  type LiveConfig,
  type VersionedConfig,
} from '@signalbox/hosting';
import type { Caller } from '@signalbox/platform';

/** Of what is about no service, and while nothing is loaded. */
const ESCALATE_AFTER_MINUTES = 15;

/** From where each service's figures raise an alert, and when one escalates, as this replica goes by it right now. */
@Injectable()
export class AlertingRules implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly live: LiveConfig<Alerting>;

  constructor(
    configs: LiveConfigs,
    private readonly change: ChangeConfig,
  ) {
    this.live = configs.of(ALERTING);
  }

  onApplicationBootstrap(): Promise<void> {
    return this.live.start();
  }

  beforeApplicationShutdown(): void {
    this.live.stop();
  }

  /** Called with each version that becomes live, the first included. */
  onApplied(listener: (config: VersionedConfig<Alerting>) => void): void {
    this.live.onApplied(listener);
  }

  /** The first load migrates the database: before it there is no place for alerts either. */
  get areLoaded(): boolean {
    return this.live.isLoaded;
  }

  /** @throws SignalboxError DEPENDENCY_UNAVAILABLE before the first version arrived */
  get(serviceName: ServiceName): VersionedConfig<Alerting> {
    return this.live.get(serviceName);
  }

  find(serviceName: ServiceName): Alerting | undefined {
    return this.live.find(serviceName)?.body;
  }

  /** Null: never. */
  escalateAfterMinutes(serviceName: ServiceName | null): number | null {
    const rules = serviceName === null ? undefined : this.find(serviceName);
    return rules === undefined ? ESCALATE_AFTER_MINUTES : rules.escalateAfterMinutes;
  }

  /** @throws SignalboxError VERSION_CONFLICT when it moved on */
  async put(serviceName: ServiceName, body: PutAlerting, caller: Caller): Promise<VersionedConfig<Alerting>> {
    const { expectedVersion, comment, ...alerting } = body;
    const options = { expectedVersion, comment };
    const changed = await this.change.put(ALERTING, serviceName, alerting, caller, options);
    this.live.take(changed);
    return changed;
  }
}
