import type {
  EventMap,
  Fact,
  MessagePriority,
  RealtimeEventType,
  Room,
  ServiceName,
} from '@signalbox/contracts';
import type { StoredMessage } from '../rooms/stored-message.js';

/** A message and the room it belongs to. */
export interface RoomEntry {
  room: Room;
  message: StoredMessage;
}

interface About {
  occurredAt: string;
  serviceName: ServiceName;
}

function entry(
  room: Room,
  eventType: RealtimeEventType,
  { occurredAt, serviceName }: About,
  payload: object,
  priority: MessagePriority = 'normal',
): RoomEntry {
  return { room, message: { priority, eventType, timestamp: occurredAt, serviceName, ...payload } };
}

const criticalIf = (critical: boolean): MessagePriority => (critical ? 'critical' : 'normal');

/** A fact as front ends are told it: what they need to show it, and no more. */
export const messagesOf = {
  'decisions.made': (event) => {
    const { decision } = event;
    const { selectedNode, routingStrategy, decisionReason, estimatedCost } = decision.routingDecision;
    return [
      entry('coordination', 'enhanced_coordination_completed', event, {
        coordinationId: decision.coordinationId,
        operation: event.operation,
        nodeId: selectedNode.nodeId,
        selectedProvider: selectedNode.providerName,
        strategy: routingStrategy,
        reason: decisionReason,
        estimatedCost,
        coordinationTime: decision.performanceMetrics.totalCoordinationTime,
        confidenceScore: decision.metadata.confidenceScore,
        backendIntegrated: decision.backendAgentIntegration.crossStreamCoordinated,
        costSavings: decision.businessOutcome.estimatedCostSavings,
        performanceGain: decision.businessOutcome.estimatedPerformanceGain,
      }),
    ];
  },
  'coordination.synced': (event) => [
    entry('coordination', 'backend_agent_sync_completed', event, {
      coordinationId: event.coordinationId,
      errorStreamId: event.errorStreamId,
      recoveryStrategyActivated: event.recoveryStrategyActivated,
      monitoringActive: event.monitoringActive,
      syncTime: event.syncTime,
    }),
  ],
  'overrides.activated': (event) => [
    entry(
      'coordination',
      'emergency_mode_activated',
      event,
      {
        coordinationId: event.coordinationId,
        emergencyReason: event.emergencyReason,
        maxBudgetOverride: event.maxBudgetOverride,
        selectedProvider: event.selectedProvider,
        businessJustification: event.businessJustification,
        activatedBy: event.activatedBy,
        expiresAt: event.expiresAt,
      },
      'critical',
    ),
  ],
  'overrides.ended': (event) => [
    entry('coordination', 'emergency_mode_ended', event, {
      coordinationId: event.coordinationId,
      endReason: event.endReason,
      endedBy: event.endedBy,
      spentUsd: event.spentUsd,
    }),
  ],
  'circuits.changed': (event) => [
    entry(
      'api_status_updates',
      'circuit_changed',
      event,
      {
        nodeId: event.nodeId,
        from: event.from,
        to: event.to,
        reason: event.reason,
        openUntil: event.openUntil,
      },
      criticalIf(event.to === 'open'),
    ),
  ],
  'health.degraded': (event) => [
    entry('coordination', 'performance_degradation_detected', event, degradation(event)),
    entry('api_status_updates', 'service_status_changed', event, {
      status: 'degraded',
      ...degradation(event),
    }),
  ],
  'health.recovered': (event) => [
    entry('api_status_updates', 'service_status_changed', event, {
      status: 'healthy',
      ...degradation(event),
    }),
  ],
  'anomalies.detected': (event) => [
    entry('coordination', 'performance_degradation_detected', event, {
      series: event.series,
      direction: event.direction,
      measured: event.value,
      expected: event.expected,
      score: event.score,
      unit: event.unit,
    }),
  ],
  'budgets.alerted': (event) => [
    entry(
      'cost_monitoring',
      'budget_alert',
      event,
      {
        period: event.period,
        periodKey: event.periodKey,
        threshold: event.threshold,
        thresholdRatio: event.thresholdRatio,
        utilization: event.utilization,
        spentUsd: event.spentUsd,
        capUsd: event.capUsd,
        renewsAt: event.renewsAt,
      },
      criticalIf(event.threshold === 'emergency'),
    ),
  ],
  'budgets.state': (event) => [
    entry('cost_monitoring', 'cost_update', event, { day: event.day, month: event.month, band: event.band }),
  ],
  'limits.alerted': (event) => [
    entry('rate_limit_alerts', 'rate_limit_alert', event, {
      tier: event.tier,
      limit: event.limit,
      used: event.used,
      resetAt: event.resetAt,
      shadow: event.shadow,
    }),
  ],
  'batches.completed': (event) => [
    entry('batching_performance', 'batch_completed', event, {
      batchId: event.batchId,
      state: 'completed',
      operation: event.operation,
      nodeId: event.nodeId,
      items: event.items.length,
      requestsSent: event.requestsSent,
      billableUnits: event.billableUnits,
      costUsd: event.costUsd,
      waitMs: event.waitMs,
      durationMs: event.durationMs,
    }),
  ],
  'batches.failed': (event) => [
    entry('batching_performance', 'batch_completed', event, {
      batchId: event.batchId,
      state: event.willRetry ? 'retrying' : 'failed',
      operation: event.operation,
      nodeId: event.nodeId,
      items: event.requestIds.length,
      deadLettered: event.deadLettered.length,
      reason: event.reason,
    }),
  ],
  'webhooks.received': (event) => [
    entry('webhook_events', 'webhook_received', event, webhook(event), criticalIf(event.critical)),
  ],
  'webhooks.processed': (event) => [
    entry('webhook_events', 'webhook_processed', event, {
      ...webhook(event),
      state: event.state,
      attempts: event.attempts,
      latencyMs: event.latencyMs,
      meaning: event.meaning,
      reason: event.reason,
    }),
  ],
  'security.alerted': (event) => [
    entry(
      'webhook_events',
      'security_alert',
      event,
      { kind: event.kind, reason: event.reason, count: event.count, windowMs: event.windowMs },
      'critical',
    ),
  ],
} satisfies { [F in Fact]?: (event: EventMap[F]) => RoomEntry[] };

/** The facts that front ends are told. */
export type ToldFact = keyof typeof messagesOf;

function degradation(event: EventMap['health.degraded']): object {
  const { nodeId, severity, reason, measured, threshold, unit, dependents } = event;
  return { nodeId, severity, reason, measured, threshold, unit, dependents };
}

/** No payload of a provider: what is in it may concern people. */
function webhook(event: EventMap['webhooks.received']): object {
  const { webhookEventId, externalId, type, entity, critical, receivedAt } = event;
  return { webhookEventId, externalId, type, entity, critical, receivedAt };
}
