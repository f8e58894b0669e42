import {
  toMicroUsd,
  type CircuitChanged,
  type DecisionMade,
  type ErrorReported,
  type HealthChanged,
  type OutcomeReported,
} from '@signalbox/contracts';
import { packDetails, packOptimizations } from './decision-details.js';
import { figures, flag, float, integer, json, text, time, type HistoryTable } from './history-table.js';

/** The decision's second, which every coordination id carries in its name; NaN when it does not. */
export function decidedAtMs(coordinationId: string): number {
  const [, seconds] = /_(\d{10})_[0-9a-z]+$/.exec(coordinationId) ?? [];
  return seconds === undefined ? NaN : Number(seconds) * 1000;
}

function decidedAt(coordinationId: string): string {
  return new Date(decidedAtMs(coordinationId)).toISOString();
}

export const decisions: HistoryTable<DecisionMade> = {
  table: 'decisions',
  timeMsOf: (event) => decidedAtMs(event.decision.coordinationId),
  tallied: true,
  namesConnections: 'as_signs',
  columns: {
    decided_at: time((event) => decidedAt(event.decision.coordinationId)),
    coordination_id: text((event) => event.decision.coordinationId),
    occurred_at: time((event) => event.decision.metadata.decidedAt),
    lease_expires_at: time((event) => event.decision.metadata.leaseExpiresAt),
    service_name: text((event) => event.serviceName),
    operation: text((event) => event.operation),
    request_id: text((event) => event.requestId),
    priority: text((event) => event.priority),
    caller: text((event) => event.caller),
    override_id: text((event) => event.overrideId),
    error_stream_id: text((event) => event.agentContext.errorStreamId),
    recovery_strategy_id: text((event) => event.agentContext.recoveryStrategyId),
    monitoring_session_id: text((event) => event.agentContext.monitoringSessionId),
    node_id: text((event) => event.decision.routingDecision.selectedNode.nodeId),
    strategy: text((event) => event.decision.routingDecision.routingStrategy),
    reason: text((event) => event.decision.routingDecision.decisionReason),
    last_resort: text((event) => event.decision.routingDecision.lastResort),
    probe: flag((event) => event.decision.routingDecision.probe),
    alternatives: json((event) => event.decision.routingDecision.alternatives.map((node) => node.nodeId)),
    excluded: json((event) => event.decision.routingDecision.excluded),
    estimated_cost_micro_usd: integer((event) => toMicroUsd(event.decision.routingDecision.estimatedCost)),
    baseline_cost_micro_usd: integer((event) => toMicroUsd(event.baselineCost)),
    estimated_latency_ms: float((event) => event.decision.routingDecision.estimatedLatency),
    estimated_success_percent: float((event) => event.decision.routingDecision.estimatedSuccessRate),
    confidence_score: float((event) => event.decision.metadata.confidenceScore),
    decision_ms: float((event) => event.decision.performanceMetrics.totalCoordinationTime),
    backend_integrated: flag(({ decision: { backendAgentIntegration: integration } }) =>
      Boolean(integration.errorStreamRegistered || integration.monitoringActive),
    ),
    replica_id: text((event) => event.decision.metadata.replicaId),
    details: figures((event) => packDetails(event.decision)),
    optimizations: text((event) => packOptimizations(event.decision)),
  },
};

export const outcomes: HistoryTable<OutcomeReported> = {
  table: 'outcomes',
  timeMsOf: (event) => decidedAtMs(event.coordinationId),
  tallied: true,
  columns: {
    decided_at: time((event) => decidedAt(event.coordinationId)),
    coordination_id: text((event) => event.coordinationId),
    occurred_at: time((event) => event.occurredAt),
    service_name: text((event) => event.serviceName),
    node_id: text((event) => event.nodeId),
    outcome: text((event) => event.outcome),
    status_code: integer((event) => event.statusCode),
    latency_ms: float((event) => event.latencyMs),
    actual_cost_micro_usd: integer(({ actualCost }) =>
      actualCost === undefined ? null : toMicroUsd(actualCost),
    ),
    retry_after_seconds: float((event) => event.retryAfterSeconds),
  },
};

export const errorEvents: HistoryTable<ErrorReported> = {
  table: 'error_events',
  timeMsOf: (event) => Date.parse(event.occurredAt),
  namesConnections: 'as_events',
  columns: {
    occurred_at: time((event) => event.occurredAt),
    event_id: text((event) => event.eventId),
    service_name: text((event) => event.serviceName),
    error_type: text((event) => event.errorType),
    operation: text((event) => event.operation),
    severity: text((event) => event.severity),
    message: text((event) => event.errorMessage),
    revenue_at_risk_micro_usd: integer(({ businessImpact }) =>
      businessImpact?.revenueAtRisk === undefined ? null : toMicroUsd(businessImpact.revenueAtRisk),
    ),
    customer_impact: text((event) => event.businessImpact?.customerImpact),
    failed_nodes: json((event) => event.errorDetails?.failedProviders ?? []),
    cascading_services: json((event) => event.errorDetails?.cascadingServices ?? []),
    error_stream_id: text((event) => event.streamId),
    recovery_strategy_id: text((event) => event.recoveryStrategyId),
    monitoring_session_id: text((event) => event.monitoringSessionId),
  },
};

export const circuitChanges: HistoryTable<CircuitChanged> = {
  table: 'circuit_changes',
  timeMsOf: (event) => Date.parse(event.occurredAt),
  columns: {
    occurred_at: time((event) => event.occurredAt),
    event_id: text((event) => event.eventId),
    service_name: text((event) => event.serviceName),
    node_id: text((event) => event.nodeId),
    from_state: text((event) => event.from),
    to_state: text((event) => event.to),
    reason: text((event) => event.reason),
    open_until: time((event) => event.openUntil),
    replica_id: text((event) => event.replicaId),
  },
};

/** `degraded` or `recovered`: the fact that carried the event. */
export type HealthChangeKind = 'degraded' | 'recovered';

export const healthChanges: HistoryTable<HealthChanged & { change: HealthChangeKind }> = {
  table: 'health_changes',
  timeMsOf: (event) => Date.parse(event.occurredAt),
  columns: {
    occurred_at: time((event) => event.occurredAt),
    event_id: text((event) => event.eventId),
    change: text((event) => event.change),
    service_name: text((event) => event.serviceName),
    node_id: text((event) => event.nodeId),
    severity: text((event) => event.severity),
    reason: text((event) => event.reason),
    measured: float((event) => event.measured),
    threshold: float((event) => event.threshold),
    unit: text((event) => event.unit),
    dependents: json((event) => event.dependents),
  },
};
