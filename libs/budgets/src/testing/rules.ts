import type { AdmissionRules, BudgetConfig, RateLimitConfig } from '../rules.js';

export interface RulesOverrides {
  budget?: Partial<BudgetConfig>;
  limits?: Partial<RateLimitConfig>;
}

/**
 * Rules that refuse nothing in a test that does not say otherwise: a day of $100, and 100 calls. A token takes 36 s to come
 * back, longer than a test takes.
 */
export function aRuleSet({ budget = {}, limits = {} }: RulesOverrides = {}): AdmissionRules {
  return {
    budget: {
      dailyMicroUsd: 100_000_000,
      monthlyMicroUsd: 1_000_000_000,
      alertThresholds: { warning: 0.7, critical: 0.85, emergency: 0.95 },
      throttleFrom: 0.9,
      timeZone: 'UTC',
      ...budget,
    },
    limits: { burst: 1_000, sustainedPerHour: 100, daily: 1_000_000, ...limits },
  };
}
