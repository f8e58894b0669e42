import type {
  Alerting,
  BatchPolicy,
  Budget,
  RateLimit,
  ServiceName,
  WebhookSource,
} from '@signalbox/contracts';

/** What ships beside the nodes: budgets, limits, batch policies and webhook sources, each changeable at run time. */

export const defaultBudgets: Record<ServiceName, Budget> = {
  stripe: budget(2, 50),
  twilio: budget(8, 200),
  sendgrid: budget(2, 50),
  samsara: budget(4, 100),
  maps: budget(6, 150),
  airtable: budget(1.2, 30),
};

export const defaultRateLimits: Record<ServiceName, RateLimit> = {
  stripe: { burst: 100, sustainedPerHour: 1_000, daily: 10_000 },
  twilio: { burst: 10, sustainedPerHour: 100, daily: 1_000 },
  sendgrid: { burst: 100, sustainedPerHour: 1_000, daily: 10_000 },
  samsara: { burst: 50, sustainedPerHour: 500, daily: 5_000 },
  maps: { burst: 20, sustainedPerHour: 200, daily: 2_000 },
  airtable: { burst: 5, sustainedPerHour: 100, daily: 1_000 },
};

export const defaultBatchPolicies: Record<ServiceName, BatchPolicy> = {
  stripe: { maxItems: 100, maxWaitMs: 2_000, costBoundUsd: 0.05 },
  twilio: { maxItems: 50, maxWaitMs: 1_000, costBoundUsd: 2 },
  sendgrid: { maxItems: 1_000, maxWaitMs: 5_000, costBoundUsd: 0.1 },
  samsara: { maxItems: 200, maxWaitMs: 3_000, costBoundUsd: 0.02 },
  maps: { maxItems: 25, maxWaitMs: 1_500, costBoundUsd: 0.5 },
  // Airtable counts requests per base and answers the sixth of a second with a penalty of 30 s.
  airtable: { maxItems: 10, maxWaitMs: 2_000, costBoundUsd: 0.01, requestsPerSecond: 5 },
};

/** No source accepts anything before it has a secret, so that being enabled is safe. */
export const defaultWebhookSources: Record<ServiceName, WebhookSource> = {
  stripe: { enabled: true },
  twilio: { enabled: true },
  sendgrid: { enabled: true },
  samsara: { enabled: true },
  maps: { enabled: true },
  airtable: { enabled: true },
};

/**
 * Latency from where callers notice: p95 at twice, p99 at five times what the service's thresholds aim for. Shares of
 * budgets are told by the budget itself, so that no second alert says the same.
 */
export const defaultAlerting: Record<ServiceName, Alerting> = {
  stripe: alerting({ errorRate: 0.05, p95Ms: 800, p99Ms: 2_000 }),
  samsara: alerting({ errorRate: 0.1, p95Ms: 4_000, p99Ms: 10_000 }),
  maps: alerting({ errorRate: 0.1, p95Ms: 800, p99Ms: 2_000 }),
  twilio: alerting({ errorRate: 0.1, p95Ms: 1_200, p99Ms: 3_000 }),
  sendgrid: alerting({ errorRate: 0.1, p95Ms: 1_000, p99Ms: 2_500 }),
  airtable: alerting({ errorRate: 0.1, p95Ms: 1_200, p99Ms: 3_000 }),
};

function budget(dailyUsd: number, monthlyUsd: number): Budget {
  return {
    dailyUsd,
    monthlyUsd,
    alertThresholds: { warning: 0.7, critical: 0.85, emergency: 0.95 },
    throttleFrom: 0.9,
    timeZone: 'UTC',
  };
}

/** A minute over is no blip; a quarter of an hour unanswered is nobody looking. */
function alerting(limits: Pick<Alerting, 'errorRate' | 'p95Ms' | 'p99Ms'>): Alerting {
  return {
    ...limits,
    budgetUtilization: null,
    criticalErrors: 10,
    forCollections: 4,
    escalateAfterMinutes: 15,
  };
}
