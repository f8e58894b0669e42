import Type, { type Static } from 'typebox';
import {
  CallPrioritySchema,
  Count,
  Identifier,
  ServiceNameSchema,
  Text,
  Timestamp,
  Usd,
  Word,
} from './schema-parts.js';
import { contract } from './validate.js';
import type { ServiceName } from './vocabulary.js';

/** Budgets, limits and admission as they travel. Dollars are JSON numbers with at most 6 decimals; ratios are 0..1. */

const strict = { additionalProperties: false } as const;
const event = { eventId: Identifier, occurredAt: Timestamp };
const change = { expectedVersion: Type.Optional(Count), comment: Type.Optional(Text(500)) };
const Ratio = Type.Number({ minimum: 0, maximum: 1 });

export const BUDGET_PERIODS = ['day', 'month'] as const;
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number];

export const BUDGET_THRESHOLDS = ['warning', 'critical', 'emergency'] as const;
export type BudgetThreshold = (typeof BUDGET_THRESHOLDS)[number];

/**
 * What the budget lets through: everything (`open`), less and less by priority (`throttled`), nothing but what an
 * emergency override pays for (`exhausted`).
 */
export const BUDGET_BANDS = ['open', 'throttled', 'exhausted'] as const;
export type BudgetBand = (typeof BUDGET_BANDS)[number];

export const LIMIT_TIERS = ['burst', 'sustained', 'daily'] as const;
export type LimitTier = (typeof LIMIT_TIERS)[number];

/** What can refuse an admission, by the name an answer gives it. */
export const ADMISSION_RULES = [
  ...LIMIT_TIERS,
  'budget_day',
  'budget_month',
  'throttle_day',
  'throttle_month',
  /** The request id's reservation is over, released or expired: ask under another. */
  'settled',
] as const;
export type AdmissionRule = (typeof ADMISSION_RULES)[number];

/** A share of a budget at which something begins; at 0 it would never have begun. */
const Threshold = Type.Number({ exclusiveMinimum: 0, maximum: 1 });
/** What shares of a budget are exact to in integer micro-dollars. */
const BudgetUsd = Type.Number({ minimum: 0, maximum: 900_000 });

/** Shares of a budget at which an alert is raised, rising. */
export const AlertThresholdsSchema = Type.Object(
  { warning: Threshold, critical: Threshold, emergency: Threshold },
  strict,
);
export type AlertThresholds = Static<typeof AlertThresholdsSchema>;

/** Mail addresses or channel names; told in the alert, delivered by whoever listens. */
const Recipients = Type.Array(Text(254), { maxItems: 20 });

const budget = {
  dailyUsd: BudgetUsd,
  monthlyUsd: BudgetUsd,
  alertThresholds: Type.Optional(AlertThresholdsSchema),
  /** Share of the budget from which calls are shed by priority. */
  throttleFrom: Type.Optional(Threshold),
  /** IANA name of the zone whose midnight ends a day; UTC when absent. */
  timeZone: Type.Optional(Text(64)),
  recipients: Type.Optional(Recipients),
  /** Says what it would have refused, and refuses nothing. */
  shadow: Type.Optional(Type.Boolean()),
};
export const BudgetSchema = Type.Object(budget, strict);
/** The body of the configuration object `budget:<service>`. */
export type Budget = Static<typeof BudgetSchema>;
export const budgetContract = contract(BudgetSchema);

export const PutBudgetSchema = Type.Object({ ...budget, ...change }, strict);
export type PutBudget = Static<typeof PutBudgetSchema>;
export const putBudget = contract(PutBudgetSchema);

const rateLimit = {
  burst: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  sustainedPerHour: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
  daily: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
  /** All tiers, or the named ones, only say what they would have refused. */
  shadow: Type.Optional(
    Type.Union([Type.Boolean(), Type.Array(Type.Enum([...LIMIT_TIERS]), { maxItems: 3, uniqueItems: true })]),
  ),
};
export const RateLimitSchema = Type.Object(rateLimit, strict);
/** The body of the configuration object `rate-limit:<service>`. */
export type RateLimit = Static<typeof RateLimitSchema>;
export const rateLimitContract = contract(RateLimitSchema);

export const PutRateLimitSchema = Type.Object({ ...rateLimit, ...change }, strict);
export type PutRateLimit = Static<typeof PutRateLimitSchema>;
export const putRateLimit = contract(PutRateLimitSchema);

/** POST /budget-alert: thresholds and recipients of one budget, the rest of it as it is. */
export const BudgetAlertRequestSchema = Type.Object(
  {
    serviceName: ServiceNameSchema,
    alertThresholds: Type.Optional(AlertThresholdsSchema),
    recipients: Type.Optional(Recipients),
    ...change,
  },
  strict,
);
export type BudgetAlertRequest = Static<typeof BudgetAlertRequestSchema>;
export const budgetAlertRequest = contract(BudgetAlertRequestSchema);

/** Request/reply for admission: body and answer as POST /check-rate-limit. */
export const ADMISSIONS_REQUEST = 'admissions.request';
export const ADMISSIONS_QUEUE_GROUP = 'cost-optimizer';

/** POST /check-rate-limit and `admissions.request`. Asking twice with one `requestId` reserves once. */
export const AdmissionRequestSchema = Type.Object({
  serviceName: ServiceNameSchema,
  operation: Word,
  priority: CallPrioritySchema,
  estimatedCost: Usd,
  requestId: Identifier,
});
export type AdmissionRequest = Static<typeof AdmissionRequestSchema>;
export const admissionRequest = contract(AdmissionRequestSchema);

/** Request/reply: an admitted call that is not made after all gives back its money and tokens. Twice is as good as once. */
export const ADMISSIONS_RELEASE = 'admissions.release';
export const AdmissionReleaseSchema = Type.Object({
  serviceName: ServiceNameSchema,
  reservationId: Identifier,
});
export type AdmissionRelease = Static<typeof AdmissionReleaseSchema>;
export const admissionRelease = contract(AdmissionReleaseSchema);
export interface AdmissionReleased {
  /** False when nothing was left to give back: unknown, settled or expired. */
  released: boolean;
}

export interface TierState {
  limit: number;
  used: number;
  remaining: number;
  /** When the tier is whole again. */
  resetAt: string;
}

/** Where one budget stands: an answer's, `budgets.state.<service>` and the KV bucket {@link BUDGETS_BUCKET}. */
export const BudgetPeriodStateSchema = Type.Object({
  /** `2026-11-21` or `2026-11`, in the budget's time zone. */
  periodKey: Text(10),
  capUsd: Usd,
  spentUsd: Usd,
  reservedUsd: Usd,
  /** Set aside for replicas that decide without asking, and not drawn yet. */
  leasedUsd: Usd,
  /** Cap less spent, reserved and leased; never below 0. */
  remainingUsd: Usd,
  /** (spent + reserved) / cap; may pass 1 under an override or when a call cost more than estimated. */
  utilization: Type.Number({ minimum: 0 }),
  renewsAt: Timestamp,
});
export type BudgetPeriodState = Static<typeof BudgetPeriodStateSchema>;

export interface AdmissionAnswer {
  allowed: boolean;
  refusedBy: AdmissionRule[];
  /** What a rule in shadow mode would have refused. */
  wouldRefuse: AdmissionRule[];
  /** Null when allowed. */
  retryAfterSeconds: number | null;
  tiers: Record<LimitTier, TierState>;
  budget: Record<BudgetPeriod, BudgetPeriodState> & { band: BudgetBand };
  /** Null when refused. Outcomes carry it, so that the actual cost settles it. */
  reservationId: string | null;
  reservationExpiresAt: string | null;
}

/**
 * `budgets.state.<service>`, and the value of the key `<service>` in the KV bucket {@link BUDGETS_BUCKET}: what a
 * caller may check without waiting.
 */
export const BudgetStateSchema = Type.Object({
  ...event,
  serviceName: ServiceNameSchema,
  day: BudgetPeriodStateSchema,
  month: BudgetPeriodStateSchema,
  band: Type.Enum([...BUDGET_BANDS]),
  throttleFrom: Ratio,
  shadow: Type.Boolean(),
});
export type BudgetState = Static<typeof BudgetStateSchema>;
export const BUDGETS_BUCKET = 'budgets';

/** GET /:serviceName/rate-limit. */
export interface RateLimitAnswer {
  serviceName: ServiceName;
  asOf: string;
  tiers: Record<LimitTier, TierState & { shadow: boolean }>;
}

export const CostMonitoringQuerySchema = Type.Object(
  { serviceName: Type.Optional(ServiceNameSchema) },
  strict,
);
export type CostMonitoringQuery = Static<typeof CostMonitoringQuerySchema>;
export const costMonitoringQuery = contract(CostMonitoringQuerySchema);

/** What a period is expected to cost when it ends, dollars, with what it lies between in 80 and 95 of 100 cases. */
export interface SpendProjection {
  expectedUsd: number;
  interval80: { lowerUsd: number; upperUsd: number };
  interval95: { lowerUsd: number; upperUsd: number };
  /** Of `expectedUsd`, what is spent already. */
  spentUsd: number;
  method: string;
  basedOnHours: number;
}

export interface CostPeriod {
  capUsd: number;
  spentUsd: number;
  reservedUsd: number;
  utilization: number;
  /** Null where there is too little history; `projectionUnavailable` says why. */
  projection: SpendProjection | null;
  projectionUnavailable: string | null;
}

export interface ServiceCosts {
  serviceName: ServiceName;
  band: BudgetBand;
  shadow: boolean;
  timeZone: string;
  openReservations: number;
  day: CostPeriod & { periodKey: string; renewsAt: string };
  month: CostPeriod & { periodKey: string; renewsAt: string };
}

/** GET /cost-monitoring. */
export interface CostMonitoring {
  asOf: string;
  services: ServiceCosts[];
  /** Over the services shown; projected only when all of them share one time zone. */
  total: Record<BudgetPeriod, CostPeriod>;
}

/** `budgets.alerted.<service>`: once for each budget, period and threshold. */
export const BudgetAlertedSchema = Type.Object({
  ...event,
  serviceName: ServiceNameSchema,
  period: Type.Enum([...BUDGET_PERIODS]),
  /** `2026-11-21` or `2026-11`, in the budget's time zone. */
  periodKey: Text(10),
  threshold: Type.Enum([...BUDGET_THRESHOLDS]),
  thresholdRatio: Ratio,
  utilization: Type.Number({ minimum: 0 }),
  spentUsd: Usd,
  reservedUsd: Usd,
  capUsd: Usd,
  renewsAt: Timestamp,
  recipients: Recipients,
});
export type BudgetAlerted = Static<typeof BudgetAlertedSchema>;

/** `limits.alerted.<service>`: a tier began to refuse; not again before it let calls through once more. */
export const LimitAlertedSchema = Type.Object({
  ...event,
  serviceName: ServiceNameSchema,
  tier: Type.Enum([...LIMIT_TIERS]),
  limit: Count,
  used: Count,
  resetAt: Timestamp,
  shadow: Type.Boolean(),
});
export type LimitAlerted = Static<typeof LimitAlertedSchema>;

export const ANOMALY_SERIES = ['cost', 'latency', 'error_rate'] as const;
/** `anomalies.detected.<service>`: a series left what its own past made likely. */
export const AnomalyDetectedSchema = Type.Object({
  ...event,
  serviceName: ServiceNameSchema,
  series: Type.Enum([...ANOMALY_SERIES]),
  direction: Type.Enum(['above', 'below']),
  value: Type.Number(),
  expected: Type.Union([Type.Number(), Type.Null()]),
  /** 0..1. */
  score: Ratio,
  unit: Word,
});
export type AnomalyDetected = Static<typeof AnomalyDetectedSchema>;

/** Request/reply: a replica of the coordinator takes a slice of a budget ahead, to decide from without waiting. */
export const LEASES_REQUEST = 'leases.request';

export const LeaseRequestSchema = Type.Object({
  serviceName: ServiceNameSchema,
  /** Chosen by the holder, never used again: asking twice leases once. */
  leaseId: Identifier,
  holder: Identifier,
  wantUsd: Usd,
  /** Less than this is of no use, and nothing is given instead. */
  leastUsd: Usd,
  ttlMs: Type.Integer({ minimum: 1_000, maximum: 3_600_000 }),
});
export type LeaseRequest = Static<typeof LeaseRequestSchema>;
export const leaseRequest = contract(LeaseRequestSchema);

export interface LeaseAnswer {
  leaseId: string;
  /** 0: nothing to be had. */
  grantedUsd: number;
  /** What is not drawn by then goes back; null when nothing was granted. */
  expiresAt: string | null;
}
