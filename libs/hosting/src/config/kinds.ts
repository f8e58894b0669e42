import {
  defaultAlerting,
  defaultBatchPolicies,
  defaultBudgets,
  defaultRateLimits,
  defaultWebhookSources,
  validateBudget,
} from '@signalbox/catalog';
import {
  alertingContract,
  batchPolicyContract,
  budgetContract,
  rateLimitContract,
  webhookSourceContract,
  type Alerting,
  type BatchPolicy,
  type Budget,
  type RateLimit,
  type ServiceName,
  type WebhookSource,
} from '@signalbox/contracts';

/** A kind of configuration that each service has one of; the object's name is `<kind>:<service>`. */
export interface ConfigKind<T> {
  readonly name: 'budget' | 'rate-limit' | 'batch-policy' | 'webhook-source' | 'alert-thresholds';
  /** The body itself. @throws SignalboxError naming every bad field */
  readonly parse: (body: unknown) => T;
  /** What ships: written on first start. */
  readonly defaults: Readonly<Record<ServiceName, T>>;
}

export const BUDGETS: ConfigKind<Budget> = {
  name: 'budget',
  parse: (body) => {
    const budget = budgetContract.parse(body);
    validateBudget(budget);
    return budget;
  },
  defaults: defaultBudgets,
};

export const RATE_LIMITS: ConfigKind<RateLimit> = {
  name: 'rate-limit',
  parse: (body) => rateLimitContract.parse(body),
  defaults: defaultRateLimits,
};

export const BATCH_POLICIES: ConfigKind<BatchPolicy> = {
  name: 'batch-policy',
  parse: (body) => batchPolicyContract.parse(body),
  defaults: defaultBatchPolicies,
};

export const WEBHOOK_SOURCES: ConfigKind<WebhookSource> = {
  name: 'webhook-source',
  parse: (body) => webhookSourceContract.parse(body),
  defaults: defaultWebhookSources,
};

export const ALERTING: ConfigKind<Alerting> = {
  name: 'alert-thresholds',
  parse: (body) => alertingContract.parse(body),
  defaults: defaultAlerting,
};

const KINDS: readonly ConfigKind<unknown>[] = [
  BUDGETS,
  RATE_LIMITS,
  BATCH_POLICIES,
  WEBHOOK_SOURCES,
  ALERTING,
];

/** The kind of an object by its name (`budget:stripe`); undefined when it is none of these. */
export function kindOf(object: string): ConfigKind<unknown> | undefined {
  return KINDS.find(({ name }) => object.startsWith(`${name}:`));
}
