import Type, { type Static } from 'typebox';
import { CoordinationId } from './outcome.js';
import { Count, Identifier, NodeId, ServiceNameSchema, Text, Timestamp, Usd, Word } from './schema-parts.js';
import { CIRCUIT_STATES, RECOVERY_ACTIONS, RECOVERY_STRATEGIES } from './vocabulary.js';
import { OVERRIDE_END_REASONS } from './emergency-override.js';

/** The events that the coordinator tells the rest of the world. Every one carries its id and its time. */

const event = { eventId: Identifier, occurredAt: Timestamp };

export const CircuitChangedSchema = Type.Object({
  ...event,
  serviceName: ServiceNameSchema,
  nodeId: NodeId,
  from: Type.Enum([...CIRCUIT_STATES]),
  to: Type.Enum([...CIRCUIT_STATES]),
  /** What tripped or closed it, for people. */
  reason: Text(500),
  openUntil: Type.Union([Timestamp, Type.Null()]),
  replicaId: Identifier,
});
export type CircuitChanged = Static<typeof CircuitChangedSchema>;

export const HealthChangedSchema = Type.Object({
  ...event,
  serviceName: ServiceNameSchema,
  nodeId: Type.Union([NodeId, Type.Null()]),
  severity: Word,
  reason: Text(500),
  /** The figure that crossed, the bound it crossed, and the unit of both. */
  measured: Type.Union([Type.Number(), Type.Null()]),
  threshold: Type.Union([Type.Number(), Type.Null()]),
  unit: Type.Union([Word, Type.Null()]),
  /** Dependent capabilities told first. */
  dependents: Type.Array(Word, { maxItems: 64 }),
});
export type HealthChanged = Static<typeof HealthChangedSchema>;

export const OverrideActivatedSchema = Type.Object({
  ...event,
  serviceName: ServiceNameSchema,
  coordinationId: CoordinationId,
  emergencyReason: Text(500),
  businessJustification: Text(2000),
  maxBudgetOverride: Usd,
  durationMinutes: Count,
  selectedProvider: Text(100),
  activatedBy: Identifier,
  expiresAt: Timestamp,
});
export type OverrideActivated = Static<typeof OverrideActivatedSchema>;

export const OverrideEndedSchema = Type.Object({
  ...event,
  serviceName: ServiceNameSchema,
  coordinationId: CoordinationId,
  endReason: Type.Enum([...OVERRIDE_END_REASONS]),
  endedBy: Identifier,
  spentUsd: Usd,
});
export type OverrideEnded = Static<typeof OverrideEndedSchema>;

export const CoordinationSyncedSchema = Type.Object({
  ...event,
  serviceName: ServiceNameSchema,
  coordinationId: CoordinationId,
  errorStreamId: Type.Union([Identifier, Type.Null()]),
  recoveryStrategyActivated: Type.Boolean(),
  monitoringActive: Type.Boolean(),
  /** Ms. */
  syncTime: Type.Number({ minimum: 0 }),
});
export type CoordinationSynced = Static<typeof CoordinationSyncedSchema>;

export const ConfigChangedSchema = Type.Object({
  ...event,
  object: Identifier,
  version: Count,
  changedBy: Identifier,
});
export type ConfigChanged = Static<typeof ConfigChangedSchema>;

/** `recoveries.changed`: one activation of a recovery plan entered, moved on or ended; the newest state replaces the others. */
export const RecoveryChangedSchema = Type.Object({
  ...event,
  serviceName: ServiceNameSchema,
  activationId: Identifier,
  action: Type.Enum([...RECOVERY_ACTIONS]),
  focus: Type.Enum([...RECOVERY_STRATEGIES]),
  /** The error event that began it; null for a plan that followed another. */
  triggerEventId: Type.Union([Identifier, Type.Null()]),
  failedNodeIds: Type.Array(NodeId, { maxItems: 64 }),
  startedAt: Timestamp,
  /** The step it is in, by name; null once ended. */
  step: Type.Union([Text(200), Type.Null()]),
  endedAt: Type.Union([Timestamp, Type.Null()]),
  endReason: Type.Union([Word, Type.Null()]),
});
export type RecoveryChanged = Static<typeof RecoveryChangedSchema>;

/** `audit.recorded`: who changed what; the recorder writes it, so that a dead database loses no line. */
export const AuditRecordedSchema = Type.Object({
  ...event,
  actor: Identifier,
  role: Word,
  action: Identifier,
  object: Identifier,
  /** The service that it concerns, where the object's name does not say so itself. */
  serviceName: Type.Optional(ServiceNameSchema),
  /** Secrets are redacted before it is published. */
  before: Type.Unknown(),
  after: Type.Unknown(),
  correlationId: Type.String({ maxLength: 128 }),
});
export type AuditRecorded = Static<typeof AuditRecordedSchema>;

export const DecisionMadeSchema = Type.Object({
  ...event,
  serviceName: ServiceNameSchema,
  operation: Word,
  requestId: Type.Union([Identifier, Type.Null()]),
  reservationId: Type.Optional(Type.Union([Identifier, Type.Null()])),
  leaseId: Type.Optional(Type.Union([Identifier, Type.Null()])),
  priority: Type.Union([Word, Type.Null()]),
  caller: Type.Union([Type.String({ maxLength: 256 }), Type.Null()]),
  baselineCost: Usd,
  overrideId: Type.Union([CoordinationId, Type.Null()]),
  agentContext: Type.Object({
    errorStreamId: Type.Union([Identifier, Type.Null()]),
    recoveryStrategyId: Type.Union([Identifier, Type.Null()]),
    monitoringSessionId: Type.Union([Identifier, Type.Null()]),
  }),
  decision: Type.Object({
    coordinationId: CoordinationId,
    routingDecision: Type.Object({
      selectedNode: Type.Object({ nodeId: NodeId, providerName: Type.String(), region: Type.String() }),
      routingStrategy: Word,
      decisionReason: Type.String(),
      estimatedCost: Type.Number(),
      estimatedLatency: Type.Number(),
      estimatedSuccessRate: Type.Number(),
    }),
    backendAgentIntegration: Type.Object({}),
    performanceMetrics: Type.Object({
      totalCoordinationTime: Type.Number(),
      routingDecisionTime: Type.Number(),
    }),
    businessOutcome: Type.Object({}),
    metadata: Type.Object({
      confidenceScore: Type.Number(),
      decidedAt: Timestamp,
      leaseExpiresAt: Timestamp,
    }),
  }),
});
