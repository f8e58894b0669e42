import Type, { type Static } from 'typebox';
import { ServiceNameSchema, Text, Word } from './schema-parts.js';
import { contract } from './validate.js';
import type { SelectedNode } from './decision.js';
import type { StrategyName } from './vocabulary.js';

export const OverrideRequestSchema = Type.Object(
  {
    serviceName: ServiceNameSchema,
    operation: Type.Optional(Word),
    emergencyReason: Text(500),
    /** Dollars past the budget; at most the configured cap. */
    maxBudgetOverride: Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000 }),
    durationMinutes: Type.Integer({ minimum: 1, maximum: 240 }),
    businessJustification: Type.String({ minLength: 20, maxLength: 2000 }),
  },
  { additionalProperties: false },
);
export type OverrideRequest = Static<typeof OverrideRequestSchema>;
export const overrideRequest = contract(OverrideRequestSchema);

export const OVERRIDE_END_REASONS = ['expired', 'spent', 'cancelled'] as const;
export type OverrideEndReason = (typeof OVERRIDE_END_REASONS)[number];

/** The `data` of an emergency-override answer (`examples/emergency-override.response.json`). */
export interface OverrideAnswer {
  coordinationResult: {
    coordinationId: string;
    routingDecision: { selectedNode: SelectedNode; routingStrategy: StrategyName };
    metadata: { confidenceScore: number; coordinationStrategy: string; appliedOptimizations: string[] };
  };
  emergencyStatus: {
    activated: boolean;
    coordinationId: string;
    maxBudgetOverride: number;
    durationMinutes: number;
    estimatedCost: number;
    selectedProvider: string;
    expiresAt: string;
  };
}
