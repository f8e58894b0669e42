import Type, { type Static } from 'typebox';
import {
  Count,
  Identifier,
  NodeId,
  ServiceNameSchema,
  SeveritySchema,
  Text,
  Timestamp,
  Usd,
  Word,
} from './schema-parts.js';
import { contract } from './validate.js';
import type { RecoveryAction, RecoveryStrategy } from './vocabulary.js';
import type { SelectedNode } from './decision.js';

/** POST /backend-agent-error: a service tells that something outside is failing. */
export const ErrorEventSchema = Type.Object({
  errorType: Word,
  serviceName: ServiceNameSchema,
  operation: Type.Optional(Word),
  severity: SeveritySchema,
  errorMessage: Text(2000),
  businessImpact: Type.Optional(
    Type.Object({
      revenueAtRisk: Type.Optional(Usd),
      customerImpact: Type.Optional(Word),
      /** Minutes. */
      timeToResolution: Type.Optional(Type.Number({ minimum: 0, maximum: 100_000 })),
    }),
  ),
  errorDetails: Type.Optional(
    Type.Object({
      failedProviders: Type.Optional(Type.Array(NodeId, { maxItems: 32 })),
      retryAttempts: Type.Optional(Count),
      cascadingServices: Type.Optional(Type.Array(Word, { maxItems: 64 })),
    }),
  ),
  streamId: Type.Optional(Identifier),
  recoveryStrategyId: Type.Optional(Identifier),
  monitoringSessionId: Type.Optional(Identifier),
});
export type ErrorEvent = Static<typeof ErrorEventSchema>;
export const errorEvent = contract(ErrorEventSchema);

/** `errors.reported.<service>`. */
export const ErrorReportedSchema = Type.Object({
  ...ErrorEventSchema.properties,
  eventId: Identifier,
  occurredAt: Timestamp,
});
export type ErrorReported = Static<typeof ErrorReportedSchema>;
export const errorReported = contract(ErrorReportedSchema);

/** The `data` of a backend-agent-error answer (`examples/backend-agent-error.response.json`). */
export interface ErrorEventAnswer {
  coordinationResult: {
    coordinationId: string;
    /** Null when no node is left to route to. */
    routingDecision: { selectedNode: SelectedNode } | null;
    optimizationDecision: {
      selectedStrategy: RecoveryStrategy;
      optimizationPlan: {
        primaryAction: RecoveryAction;
        /** Dollars per call under the plan. */
        estimatedCost: number | null;
        /** Ms per call under the plan. */
        estimatedLatency: number | null;
      };
    };
  };
  backendAgentResponse: {
    errorHandled: boolean;
    coordinationId: string;
    recoveryStrategy: RecoveryStrategy;
    /** Minutes, the mean of what earlier activations of this plan took; null before the first has ended. */
    estimatedResolutionTime: number | null;
  };
}
