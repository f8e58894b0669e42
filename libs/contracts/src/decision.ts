import Type, { type Static } from 'typebox';
import {
  CallPrioritySchema,
  Count,
  Identifier,
  Ms,
  PageQuery,
  ServiceNameSchema,
  StrategyNameSchema,
  Usd,
  Word,
} from './schema-parts.js';
import type { CircuitStateName, ExclusionReason, ServiceName, StrategyName } from './vocabulary.js';
import { contract } from './validate.js';

/** POST /execute-coordination and `decisions.request`: which node shall carry this call? */
export const DecisionRequestSchema = Type.Object({
  serviceName: ServiceNameSchema,
  operation: Word,
  /** What POST /check-rate-limit reserved for this call: the decision draws on it instead of on the budget again. */
  reservationId: Type.Optional(Identifier),
  routingContext: Type.Optional(
    Type.Object({
      requestMetadata: Type.Optional(
        Type.Object({
          requestId: Type.Optional(Identifier),
          priority: Type.Optional(CallPrioritySchema),
          businessCriticality: Type.Optional(Word),
          /** Where the caller runs, for GEOGRAPHIC_PROXIMITY: a region name of the catalog's regions. */
          region: Type.Optional(Word),
        }),
      ),
      budgetConstraints: Type.Optional(
        Type.Object({
          remainingBudget: Type.Optional(Usd),
          costPerRequestLimit: Type.Optional(Usd),
          budgetPeriod: Type.Optional(Word),
        }),
      ),
      performanceContext: Type.Optional(
        Type.Object({
          currentLatency: Type.Optional(Ms),
          targetLatency: Type.Optional(Ms),
          currentThroughput: Type.Optional(Type.Number({ minimum: 0, maximum: 1e9 })),
          targetThroughput: Type.Optional(Type.Number({ minimum: 0, maximum: 1e9 })),
        }),
      ),
    }),
  ),
  backendAgentContext: Type.Optional(
    Type.Object({
      errorStreamId: Type.Optional(Identifier),
      recoveryStrategyId: Type.Optional(Identifier),
      monitoringSessionId: Type.Optional(Identifier),
      requireBackendAgentSync: Type.Optional(Type.Boolean()),
      requireRealTimeMonitoring: Type.Optional(Type.Boolean()),
    }),
  ),
  businessContext: Type.Optional(
    Type.Object({
      revenueImpact: Type.Optional(Usd),
      customerImpact: Type.Optional(Word),
      operationalPriority: Type.Optional(Word),
      timeSensitivity: Type.Optional(Word),
    }),
  ),
  coordinationRequirements: Type.Optional(
    Type.Object({
      requireBackendAgentSync: Type.Optional(Type.Boolean()),
      requireRealTimeMonitoring: Type.Optional(Type.Boolean()),
      requirePredictiveAnalytics: Type.Optional(Type.Boolean()),
      requireEmergencyOverride: Type.Optional(Type.Boolean()),
      /** Overrides the service's configured strategy for this call. */
      strategy: Type.Optional(StrategyNameSchema),
      /** How many ranked alternatives to answer with; all when absent. */
      maxAlternatives: Type.Optional(Count),
    }),
  ),
});
export type DecisionRequest = Static<typeof DecisionRequestSchema>;
export const decisionRequest = contract(DecisionRequestSchema);

/** A node as a decision shows it. `successRate` is percent 0..100, `costPerRequest` dollars. */
export interface SelectedNode {
  nodeId: string;
  providerName: string;
  region: string;
  baseUrl: string;
  successRate: number;
  costPerRequest: number;
  /** 0..100, null where not computed. */
  healthScore: number | null;
}

/** One place in the fallback order. */
export interface RankedAlternative extends SelectedNode {
  rank: number;
  estimatedLatency: number;
}

export interface ExcludedNode {
  nodeId: string;
  reason: ExclusionReason;
  /** When the exclusion is known to end (rate limit, open circuit). */
  until?: string;
  circuit?: CircuitStateName;
}

export interface RoutingDecision {
  selectedNode: SelectedNode;
  routingStrategy: StrategyName;
  decisionReason: string;
  /** Dollars. */
  estimatedCost: number;
  /** Ms. */
  estimatedLatency: number;
  /** Percent 0..100. */
  estimatedSuccessRate: number;
  /** In the order the caller should fall back. */
  alternatives: RankedAlternative[];
  excluded: ExcludedNode[];
  /** The rule that chose when no node was eligible; null in the ordinary case. */
  lastResort: string | null;
  /** True when this call is the one probe of a half-open circuit. */
  probe: boolean;
}

/** The `data` of an execute-coordination answer (`examples/execute-coordination.response.json`). */
export interface DecisionAnswer {
  coordinationId: string;
  routingDecision: RoutingDecision;
  backendAgentIntegration: {
    errorStreamRegistered: boolean;
    recoveryStrategyActivated: boolean;
    monitoringActive: boolean;
    crossStreamCoordinated: boolean;
  };
  /** Ms, measured. */
  performanceMetrics: {
    totalCoordinationTime: number;
    routingDecisionTime: number;
    backendIntegrationTime: number;
    optimizationTime: number;
  };
  /** Each null when the request gave nothing to measure it against. */
  businessOutcome: {
    estimatedCostSavings: number | null;
    estimatedPerformanceGain: number | null;
    riskMitigation: 'low' | 'medium' | 'high';
    customerImpactReduction: number | null;
  };
  metadata: {
    /** 0..100. */
    confidenceScore: number;
    coordinationStrategy: string;
    appliedOptimizations: string[];
    replicaId: string;
    decidedAt: string;
    /** The in-flight lease ends here if no outcome is reported. */
    leaseExpiresAt: string;
  };
}

/** `decisions.made.<service>`: the decision with what was asked. */
export interface DecisionMade {
  eventId: string;
  occurredAt: string;
  serviceName: ServiceName;
  operation: string;
  requestId: string | null;
  /** The ledger entry that pays for it; null: under its coordinationId. */
  reservationId: string | null;
  /** The lease of the budget that it was decided on; absent or null where the budget was not asked. */
  leaseId?: string | null;
  priority: string | null;
  caller: string | null;
  /** What the same call on the service's primary node costs, dollars: the stated baseline. */
  baselineCost: number;
  /** Under an emergency override: its coordinationId. */
  overrideId: string | null;
  /** What the caller named of its own: kept so that connections are known fleet-wide. */
  agentContext: {
    errorStreamId: string | null;
    recoveryStrategyId: string | null;
    monitoringSessionId: string | null;
  };
  decision: DecisionAnswer;
}

/** GET /enhanced-traffic-coordination/coordinations, newest first. */
export const CoordinationsQuerySchema = Type.Object(
  { serviceName: Type.Optional(ServiceNameSchema), ...PageQuery },
  { additionalProperties: false },
);
export type CoordinationsQuery = Static<typeof CoordinationsQuerySchema>;
export const coordinationsQuery = contract(CoordinationsQuerySchema);

/** One of its rows. */
export interface CoordinationSummary {
  coordinationId: string;
  serviceName: ServiceName;
  operation: string;
  nodeId: string;
  strategy: StrategyName;
  decidedAt: string;
  /** Null until its outcome was reported. */
  outcome: string | null;
  latencyMs: number | null;
}

/** GET /enhanced-traffic-coordination/coordinations/:coordinationId: why this node. */
export interface CoordinationDetail extends CoordinationSummary {
  decision: DecisionAnswer;
  priority: string | null;
  caller: string | null;
  /** What the same call on the service's primary node costs, dollars. */
  baselineCost: number;
}
