import type {
  DecisionMade,
  ErrorReported,
  OutcomeReported,
  OverrideActivated,
  RecoveryChanged,
  ServiceName,
} from '@signalbox/contracts';
import { anErrorEvent, anOutcome } from '@signalbox/testkit';

/** Noon of the manual clock's first day. */
export const NOON_MS = Date.UTC(2026, 0, 15, 12);

let serial = 0;

/** `coordination_<second>_<unique>`. */
function coordinationIdAt(atMs: number): string {
  return `coordination_${Math.floor(atMs / 1000)}_${(++serial).toString(36).padStart(6, '0')}`;
}

export interface DecisionOptions {
  atMs?: number;
  coordinationId?: string;
  leaseMs?: number;
  /** Dollars. */
  cost?: number;
  baselineCost?: number;
  integrated?: boolean;
  decisionMs?: number;
}

export function aDecision(options: DecisionOptions & Partial<DecisionMade> = {}): DecisionMade {
  const {
    atMs = NOON_MS,
    coordinationId = coordinationIdAt(atMs),
    leaseMs = 60_000,
    cost = 0.01,
    integrated = false,
    decisionMs = 2,
    ...event
  } = options;
  const decidedAt = new Date(atMs).toISOString();
  return {
    eventId: `decision:${coordinationId}`,
    occurredAt: decidedAt,
    serviceName: 'stripe',
    operation: 'payment_processing',
    requestId: null,
    reservationId: null,
    priority: 'HIGH',
    caller: 'checkout',
    baselineCost: cost,
    overrideId: null,
    agentContext: { errorStreamId: null, recoveryStrategyId: null, monitoringSessionId: null },
    decision: {
      coordinationId,
      routingDecision: {
        selectedNode: {
          nodeId: 'stripe_primary_us_east',
          providerName: 'Stripe Primary (US East)',
          region: 'us-east-1',
          baseUrl: 'https://api.stripe.com',
          successRate: 99.8,
          costPerRequest: cost,
          healthScore: 95,
        },
        routingStrategy: 'HEALTH_BASED',
        decisionReason: 'Selected Stripe Primary (US East) using HEALTH_BASED strategy, health score: 95',
        estimatedCost: cost,
        estimatedLatency: 150,
        estimatedSuccessRate: 99.8,
        alternatives: [
          {
            rank: 1,
            nodeId: 'stripe_secondary_us_west',
            providerName: 'Stripe Secondary (US West)',
            region: 'us-west-2',
            baseUrl: 'https://api.stripe.com',
            successRate: 99.5,
            costPerRequest: 0.032,
            healthScore: 90,
            estimatedLatency: 180,
          },
        ],
        excluded: [{ nodeId: 'stripe_premium_emergency', reason: 'emergency_only' }],
        lastResort: null,
        probe: false,
      },
      backendAgentIntegration: {
        errorStreamRegistered: integrated,
        recoveryStrategyActivated: false,
        monitoringActive: false,
        crossStreamCoordinated: false,
      },
      performanceMetrics: {
        totalCoordinationTime: decisionMs,
        routingDecisionTime: decisionMs,
        backendIntegrationTime: 0,
        optimizationTime: 0,
      },
      businessOutcome: {
        estimatedCostSavings: null,
        estimatedPerformanceGain: null,
        riskMitigation: 'low',
        customerImpactReduction: null,
      },
      metadata: {
        confidenceScore: 95,
        coordinationStrategy: 'independent',
        appliedOptimizations: [],
        replicaId: 'replica-1',
        decidedAt,
        leaseExpiresAt: new Date(atMs + leaseMs).toISOString(),
      },
    },
    ...event,
  };
}

/** What became of a decision; a success of `stripe` unless said. */
export function anOutcomeOf(decision: DecisionMade, event: Partial<OutcomeReported> = {}): OutcomeReported {
  const { coordinationId, routingDecision } = decision.decision;
  return {
    ...anOutcome({
      serviceName: decision.serviceName,
      coordinationId,
      nodeId: routingDecision.selectedNode.nodeId,
    }),
    eventId: `outcome:${coordinationId}`,
    occurredAt: new Date(Date.parse(decision.occurredAt) + 200).toISOString(),
    ...event,
  };
}

export function anErrorAt(atMs: number, event: Partial<ErrorReported> = {}): ErrorReported {
  return {
    ...anErrorEvent(),
    eventId: `error-${++serial}`,
    occurredAt: new Date(atMs).toISOString(),
    ...event,
  };
}

export function anOverrideActivated(serviceName: ServiceName, atMs: number): OverrideActivated {
  const coordinationId = coordinationIdAt(atMs).replace('coordination', 'emergency');
  return {
    eventId: `${coordinationId}:activated`,
    occurredAt: new Date(atMs).toISOString(),
    serviceName,
    coordinationId,
    emergencyReason: 'checkout is down',
    businessJustification: 'orders are lost every minute',
    maxBudgetOverride: 100,
    durationMinutes: 30,
    selectedProvider: 'Stripe Premium Emergency',
    activatedBy: 'ada',
    expiresAt: new Date(atMs + 30 * 60_000).toISOString(),
  };
}

export function aRecovery(
  activationId: string,
  serviceName: ServiceName,
  startedAtMs: number,
): RecoveryChanged {
  const startedAt = new Date(startedAtMs).toISOString();
  return {
    eventId: `recovery:${activationId}:0`,
    occurredAt: startedAt,
    serviceName,
    activationId,
    action: 'failover',
    focus: 'BALANCED',
    triggerEventId: null,
    failedNodeIds: ['stripe_primary_us_east'],
    startedAt,
    step: 'shift traffic to the other nodes',
    endedAt: null,
    endReason: null,
  };
}

export function aRecoveryEnded(
  activationId: string,
  serviceName: ServiceName,
  startedAtMs: number,
  minutes: number,
  endReason: string,
): RecoveryChanged {
  const endedAt = new Date(startedAtMs + minutes * 60_000).toISOString();
  return {
    ...aRecovery(activationId, serviceName, startedAtMs),
    occurredAt: endedAt,
    step: null,
    endedAt,
    endReason,
  };
}
