import Type, { type Static } from 'typebox';
import { ANOMALY_SERIES } from './cost.js';
import { Identifier, ServiceNameSchema, Text, Timestamp } from './schema-parts.js';
import { contract } from './validate.js';
import type { OutcomeKind, ServiceName } from './vocabulary.js';

/** Recommendations, savings and where the money goes, as they travel. Dollars, ratios 0..1. */

const strict = { additionalProperties: false } as const;

/**
 * Whether providers bill for a call that ended so, where the caller did not say what it cost: what was done (`success`),
 * and what may have been done (`timeout`; `client_error` without a status, where the caller gave up or failed after the
 * answer). An answer that says it was not done, and a call that never arrived, are free.
 */
export function isBilled(outcome: OutcomeKind, statusCode: number | null): boolean {
  return (
    outcome === 'success' || outcome === 'timeout' || (outcome === 'client_error' && statusCode === null)
  );
}

export const RECOMMENDATION_KINDS = [
  'strategy',
  'weights',
  'cheaper_node',
  'batching_window',
  'deduplication',
] as const;
export type RecommendationKind = (typeof RECOMMENDATION_KINDS)[number];

/** `dismissed`: by a person, or because a later run found that it saves no more. */
export const RECOMMENDATION_STATES = ['open', 'applied', 'rolled_back', 'dismissed'] as const;
export type RecommendationState = (typeof RECOMMENDATION_STATES)[number];

export const ASSURANCES = ['high', 'medium', 'low'] as const;
export type Assurance = (typeof ASSURANCES)[number];

/** POST /trigger-optimization. Without `apply` nothing changes but the list of recommendations. */
export const OptimizationRequestSchema = Type.Object(
  {
    /** All services that the caller may touch when absent. */
    serviceName: Type.Optional(ServiceNameSchema),
    kinds: Type.Optional(
      Type.Array(Type.Enum([...RECOMMENDATION_KINDS]), { minItems: 1, maxItems: 5, uniqueItems: true }),
    ),
    /** How far back recorded calls are replayed; 24 when absent. */
    hours: Type.Optional(Type.Integer({ minimum: 1, maximum: 168 })),
    /** Applies the best recommendation of each configuration object that is neither unsure nor risky. */
    apply: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type OptimizationRequest = Static<typeof OptimizationRequestSchema>;
export const optimizationRequest = contract(OptimizationRequestSchema);

/** POST /cost/optimize: as above, of all services. */
export const CostOptimizeRequestSchema = Type.Object(
  {
    kinds: OptimizationRequestSchema.properties.kinds,
    hours: OptimizationRequestSchema.properties.hours,
    apply: OptimizationRequestSchema.properties.apply,
  },
  strict,
);
export type CostOptimizeRequest = Static<typeof CostOptimizeRequestSchema>;
export const costOptimizeRequest = contract(CostOptimizeRequestSchema);

/** POST …/recommendations/:id/apply, /rollback and /dismiss. */
export const RecommendationChangeSchema = Type.Object({ comment: Type.Optional(Text(500)) }, strict);
export type RecommendationChange = Static<typeof RecommendationChangeSchema>;
export const recommendationChange = contract(RecommendationChangeSchema);

export const RecommendationsQuerySchema = Type.Object(
  {
    serviceName: Type.Optional(ServiceNameSchema),
    state: Type.Optional(Type.Enum([...RECOMMENDATION_STATES])),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  },
  strict,
);
export type RecommendationsQuery = Static<typeof RecommendationsQuerySchema>;
export const recommendationsQuery = contract(RecommendationsQuerySchema);

export const RecommendationId = Identifier;

/** A figure with what it lies between in 80 and in 95 of 100 resamples. */
export interface Estimated {
  point: number;
  interval80: { lower: number; upper: number };
  interval95: { lower: number; upper: number };
}

/** One field of a configuration object: `nodes.maps_here.weightPercent`; list items that have a `nodeId` go by it. */
export interface FieldChange {
  path: string;
  from: unknown;
  to: unknown;
}

/** What would apply a recommendation: fields of one configuration object, `service:maps` or `batch-policy:maps`. */
export interface ConfigurationChange {
  object: string;
  fields: FieldChange[];
}

/** How much of what a replay says rests on outcomes that were recorded, shares 0..1 of the replayed calls. */
export interface ReplayEvidence {
  from: string;
  to: string;
  /** Recorded calls replayed and counted. */
  calls: number;
  /** The node that really carried the call: its own outcome. */
  recordedShare: number;
  /** Another node, by what it answered others within a minute of the call. */
  nearShare: number;
  /** Another node, by what it answered others at any time of the range. */
  farShare: number;
  /** A node without a recorded outcome: the catalog's word for it. */
  priorShare: number;
  /** Share of the calls each node carried, replayed as configured and as recommended. */
  nodeShares: Record<string, { before: number; after: number }>;
  /** What the calls really cost, and what their replay as configured says they cost: how true the replay is. */
  recordedUsd: number | null;
  replayedUsd: number;
  /** Kind's own figures, for people: added wait, requests sent, identical writes. */
  figures: Record<string, number | null>;
  method: string;
}

export interface Recommendation {
  id: string;
  serviceName: ServiceName;
  kind: RecommendationKind;
  title: string;
  state: RecommendationState;
  /** Why it was dismissed, or is in its state, when there is something to say. */
  stateReason: string | null;
  createdAt: string;
  updatedAt: string;
  evidence: ReplayEvidence;
  /** Over the replayed range, dollars. */
  expectedSavingUsd: Estimated;
  /** Scaled to 24 hours of the same traffic. */
  expectedSavingUsdPerDay: number;
  /** Of what the same calls cost as configured; null when that is nothing. */
  expectedSavingRatio: Estimated | null;
  /** Success as recommended less success as configured, ratio. */
  successChange: Estimated | null;
  /** Mean latency (or wait, for batching) added, ms; below 0 when it is faster. */
  addedLatencyMs: number | null;
  confidence: {
    level: Assurance;
    /** Share of resamples in which it saves anything. */
    probabilityOfSaving: number;
    /** Share of the replayed calls whose fate was recorded, then and there. */
    knownShare: number;
  };
  risk: { level: Assurance; reasons: string[] };
  /** Null for advice that no configuration of Signalbox can carry out: `advice` says what callers would change. */
  change: ConfigurationChange | null;
  advice: string | null;
  applied: { at: string; by: string; version: number | null } | null;
  rolledBack: { at: string; by: string; version: number | null } | null;
  /** What it really saved since it was applied, beside what it promised for as many calls; null until measured. */
  realised: RealisedSaving | null;
}

export interface RealisedSaving {
  from: string;
  to: string;
  calls: number;
  /** What the setting before would have cost by replay, less what was paid. */
  savedUsd: Estimated;
  savedRatio: number | null;
  /** The expected ratio on the same calls. */
  promisedUsd: number;
  measuredAt: string;
}

/** A setting that was replayed and not recommended. */
export interface ConsideredSetting {
  serviceName: ServiceName;
  kind: RecommendationKind;
  title: string;
  savingRatio: number | null;
  successChange: number | null;
  /** Why it is not recommended. */
  reason: string;
}

/** POST /trigger-optimization and /cost/optimize. */
export interface OptimizationRun {
  ranAt: string;
  from: string;
  to: string;
  services: { serviceName: ServiceName; calls: number; batchRequests: number; unavailable: string | null }[];
  recommendations: Recommendation[];
  considered: ConsideredSetting[];
  /** Ids of what this run applied. */
  applied: string[];
  /** What it would have applied but for a reason. */
  notApplied: { id: string; reason: string }[];
}

export const CostSavingsQuerySchema = Type.Object(
  {
    serviceName: Type.Optional(ServiceNameSchema),
    from: Type.Optional(Timestamp),
    to: Type.Optional(Timestamp),
  },
  strict,
);
export type CostSavingsQuery = Static<typeof CostSavingsQuerySchema>;
export const costSavingsQuery = contract(CostSavingsQuerySchema);

export const SAVING_CAUSES = ['routing', 'batching', 'deduplication', 'limiting'] as const;
export type SavingCause = (typeof SAVING_CAUSES)[number];

/** Dollars saved, below 0 when it cost more; null where nothing was measured. */
export type SavingsByCause = Record<SavingCause, number | null>;

export interface ServiceSavings {
  /** What the calls would have cost at the baseline; null when nothing was measured. */
  baselineUsd: number | null;
  /** What they cost. */
  costUsd: number | null;
  byCause: SavingsByCause;
  /** Routing, batching and deduplication: limiting is told beside, since what was refused was not served. */
  savedUsd: number | null;
  savedRatio: number | null;
  calls: number;
  refusedCalls: number | null;
}

/** GET /analytics/cost-savings. */
export interface CostSavings {
  from: string;
  to: string;
  baseline: string;
  total: ServiceSavings;
  services: Partial<Record<ServiceName, ServiceSavings>>;
}

export const CostAnalysisQuerySchema = Type.Object(
  {
    serviceName: Type.Optional(ServiceNameSchema),
    from: Type.Optional(Timestamp),
    to: Type.Optional(Timestamp),
  },
  strict,
);
export type CostAnalysisQuery = Static<typeof CostAnalysisQuerySchema>;
export const costAnalysisQuery = contract(CostAnalysisQuerySchema);

/** What went one way. */
export interface MoneySpent {
  costUsd: number;
  /** Of the whole cost; null when that is 0. */
  share: number | null;
  calls: number;
  /** Null without a settled call. */
  successRatio: number | null;
  costPerSuccessUsd: number | null;
}

export interface AnomalySeen {
  anomalyId: string;
  serviceName: ServiceName;
  series: (typeof ANOMALY_SERIES)[number];
  /** The minute it was seen in. */
  at: string;
  direction: 'above' | 'below';
  value: number;
  expected: number | null;
  score: number;
  unit: string;
}

interface Between {
  lower: number;
  upper: number;
}

/** How forecasts of the past would have done. Ratios; null where they cannot be told. */
export interface ForecastBacktest {
  origins: number;
  horizonHours: number;
  compared: number;
  wape: number | null;
  mape: number | null;
  mase: number | null;
  coverage80: number;
  coverage95: number;
}

export interface ServiceForecast {
  /** By the end of the day and of the month, in the budget's time zone. */
  spend: Record<
    'day' | 'month',
    {
      expectedUsd: number;
      interval80: Between;
      interval95: Between;
      spentUsd: number;
      method: string;
      basedOnHours: number;
    } | null
  >;
  /** Calls in each of the next hours. */
  load: {
    hours: { at: string; calls: number; interval80: Between; interval95: Between }[];
    method: string;
    basedOnHours: number;
  } | null;
  backtests: { spendPerHour: ForecastBacktest | null; callsPerHour: ForecastBacktest | null };
  /** Why what is null is null. */
  unavailable: string | null;
}

/** GET /stream-b-coordination/cost/analysis. */
export interface CostAnalysis {
  from: string;
  to: string;
  costUsd: number;
  byService: Partial<Record<ServiceName, MoneySpent>>;
  /** Dearest first, at most 200. */
  byNode: ({ serviceName: ServiceName; nodeId: string } & MoneySpent)[];
  byOperation: ({ serviceName: ServiceName; operation: string } & MoneySpent)[];
  byStrategy: ({ serviceName: ServiceName; strategy: string } & MoneySpent)[];
  anomalies: AnomalySeen[];
  forecasts: Partial<Record<ServiceName, ServiceForecast>>;
}
