import type { MicroUsd, ServiceName } from '@signalbox/contracts';

/** Shares of a budget (0..1) at which its owners are told. */
export interface AlertThresholds {
  warning: number;
  critical: number;
  emergency: number;
}

/** What a service may spend. */
export interface BudgetConfig {
  dailyMicroUsd: MicroUsd;
  monthlyMicroUsd: MicroUsd;
  alertThresholds: AlertThresholds;
  /** Share of a budget (0..1) from which low, then medium priority is shed. */
  throttleFrom: number;
  /** IANA name of the zone whose days and months are the budget's. */
  timeZone: string;
  /** Says what the budget would have refused, and refuses nothing. */
  shadow?: boolean;
}

export const TIER_NAMES = ['burst', 'sustained', 'daily'] as const;
export type TierName = (typeof TIER_NAMES)[number];

/**
 * How many calls a service may take. `burst`: the most at once; it fills up again at the sustained rate.
 * `sustainedPerHour`: the most in any 60 minutes. `daily`: the most in a day of the budget's time zone.
 */
export interface RateLimitConfig {
  burst: number;
  sustainedPerHour: number;
  daily: number;
  /** Tiers that say what they would have refused, and refuse nothing. */
  shadow?: Partial<Record<TierName, boolean>>;
}

/** All that admission is decided by. */
export interface AdmissionRules {
  budget: BudgetConfig;
  limits: RateLimitConfig;
}

/** The rules in force; called on every admission, so it must be a look into memory. Throws for an unknown service. */
export type RulesSource = (serviceName: ServiceName) => AdmissionRules;

export const DEFAULT_ALERT_THRESHOLDS: AlertThresholds = { warning: 0.7, critical: 0.85, emergency: 0.95 };
export const DEFAULT_THROTTLE_FROM = 0.9;
export const DEFAULT_TIME_ZONE = 'UTC';
