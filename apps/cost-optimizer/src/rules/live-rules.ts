import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import {
  DEFAULT_ALERT_THRESHOLDS,
  DEFAULT_THROTTLE_FROM,
  DEFAULT_TIME_ZONE,
  type AdmissionRules,
  type BudgetConfig,
  type RateLimitConfig,
} from '@signalbox/budgets';
import {
  LIMIT_TIERS,
  SERVICE_NAMES,
  toMicroUsd,
  type Budget,
  type RateLimit,
  type ServiceName,
} from '@signalbox/contracts';
import { BUDGETS, LiveConfigs, RATE_LIMITS, type LiveConfig, type VersionedConfig } from '@signalbox/hosting';

/** The budgets and limits that this replica admits by right now. */
@Injectable()
export class LiveRules implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly budgets: LiveConfig<Budget>;
  readonly limits: LiveConfig<RateLimit>;
  private readonly rules = new Map<ServiceName, AdmissionRules>();
  private readonly listeners: ((service: ServiceName) => void)[] = [];

  constructor(configs: LiveConfigs) {
    this.budgets = configs.of(BUDGETS);
    this.limits = configs.of(RATE_LIMITS);
    const changed = ({ serviceName }: VersionedConfig<unknown>) => {
      this.rules.delete(serviceName);
      for (const tell of this.listeners) tell(serviceName);
    };
    this.budgets.onApplied(changed);
    this.limits.onApplied(changed);
  }

  async onApplicationBootstrap(): Promise<void> {
    await Promise.all([this.budgets.start(), this.limits.start()]);
  }

  beforeApplicationShutdown(): void {
    this.budgets.stop();
    this.limits.stop();
  }

  /** Called with the service whose budget or limits have changed, the first version included. */
  onChanged(listener: (service: ServiceName) => void): void {
    this.listeners.push(listener);
  }

  get areLoaded(): boolean {
    return SERVICE_NAMES.every((name) => this.budgets.find(name) && this.limits.find(name));
  }

  /** @throws SignalboxError DEPENDENCY_UNAVAILABLE before the first versions arrived */
  of(service: ServiceName): AdmissionRules {
    let rules = this.rules.get(service);
    if (rules === undefined) {
      rules = {
        budget: budgetOf(this.budgets.get(service).body),
        limits: limitsOf(this.limits.get(service).body),
      };
      this.rules.set(service, rules);
    }
    return rules;
  }
}

function budgetOf(budget: Budget): BudgetConfig {
  return {
    dailyMicroUsd: toMicroUsd(budget.dailyUsd),
    monthlyMicroUsd: toMicroUsd(budget.monthlyUsd),
    alertThresholds: budget.alertThresholds ?? DEFAULT_ALERT_THRESHOLDS,
    throttleFrom: budget.throttleFrom ?? DEFAULT_THROTTLE_FROM,
    timeZone: budget.timeZone ?? DEFAULT_TIME_ZONE,
    shadow: budget.shadow ?? false,
  };
}

function limitsOf({ burst, sustainedPerHour, daily, shadow }: RateLimit): RateLimitConfig {
  const shadowed = shadow === true ? LIMIT_TIERS : shadow === undefined || shadow === false ? [] : shadow;
  return {
    burst,
    sustainedPerHour,
    daily,
    shadow: Object.fromEntries(shadowed.map((tier) => [tier, true])),
  };
}
