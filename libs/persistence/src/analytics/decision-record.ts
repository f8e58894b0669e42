import type { ExcludedNode, MicroUsd, OutcomeKind, ServiceName, StrategyName } from '@signalbox/contracts';

/** A decision as history keeps it. */
export interface DecisionRecord {
  coordinationId: string;
  decidedAt: string;
  leaseExpiresAt: string;
  serviceName: ServiceName;
  operation: string;
  requestId: string | null;
  priority: string | null;
  caller: string | null;
  overrideId: string | null;
  nodeId: string;
  strategy: StrategyName;
  reason: string;
  lastResort: string | null;
  probe: boolean;
  /** Node ids in fallback order. */
  alternatives: string[];
  excluded: ExcludedNode[];
  estimatedCostMicroUsd: MicroUsd;
  baselineCostMicroUsd: MicroUsd;
  estimatedLatencyMs: number;
  /** 0..100. */
  confidenceScore: number;
  decisionMs: number;
  backendIntegrated: boolean;
  replicaId: string | null;
}

export interface OutcomeRecord {
  occurredAt: string;
  nodeId: string;
  outcome: OutcomeKind;
  statusCode: number | null;
  latencyMs: number;
  actualCostMicroUsd: MicroUsd | null;
}

/** The columns of `decisions AS d` under the names of {@link DecisionRecord}. */
export const DECISION_COLUMNS = `
  d.coordination_id AS "coordinationId", d.occurred_at AS "decidedAt", d.lease_expires_at AS "leaseExpiresAt",
  d.service_name AS "serviceName", d.operation, d.request_id AS "requestId", d.priority, d.caller,
  d.override_id AS "overrideId", d.node_id AS "nodeId", d.strategy, d.reason, d.last_resort AS "lastResort",
  d.probe, d.alternatives, d.excluded, d.estimated_cost_micro_usd AS "estimatedCostMicroUsd",
  d.baseline_cost_micro_usd AS "baselineCostMicroUsd", d.estimated_latency_ms AS "estimatedLatencyMs",
  d.confidence_score AS "confidenceScore", d.decision_ms AS "decisionMs",
  d.backend_integrated AS "backendIntegrated", d.replica_id AS "replicaId"`;

/** The columns of `outcomes AS o` under the names of {@link OutcomeRecord}. */
export const OUTCOME_COLUMNS = `
  o.occurred_at AS "occurredAt", o.node_id AS "nodeId", o.outcome, o.status_code AS "statusCode",
  o.latency_ms AS "latencyMs", o.actual_cost_micro_usd AS "actualCostMicroUsd"`;
