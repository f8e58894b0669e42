import { defaultCatalog } from '@signalbox/catalog';
import {
  CircuitActionSchema,
  DecisionRequestSchema,
  DrainSchema,
  ErrorEventSchema,
  OutcomeReportSchema,
  OverrideRequestSchema,
  PutCredentialSchema,
  PutServiceSchema,
  RollbackSchema,
  RotateCredentialSchema,
} from '@signalbox/contracts';
import type { TSchema } from 'typebox';
import { outcomeOf, type Method } from './api.js';

/** Bodies that are valid and name every field that they may, so that each can be broken. */

const ETC = '/enhanced-traffic-coordination';
const NODE = '/admin/nodes/stripe_primary_us_east';

export const decisionRequest = {
  serviceName: 'stripe',
  operation: 'payment_processing',
  routingContext: {
    requestMetadata: { requestId: 'r1', priority: 'LOW', businessCriticality: 'X', region: 'us-east-1' },
    budgetConstraints: { remainingBudget: 10, costPerRequestLimit: 1, budgetPeriod: 'daily' },
    performanceContext: { currentLatency: 1, targetLatency: 1, currentThroughput: 1, targetThroughput: 1 },
  },
  backendAgentContext: {
    errorStreamId: 's',
    recoveryStrategyId: 'r',
    monitoringSessionId: 'm',
    requireBackendAgentSync: false,
    requireRealTimeMonitoring: false,
  },
  businessContext: { revenueImpact: 1, customerImpact: 'x', operationalPriority: 'x', timeSensitivity: 'x' },
  coordinationRequirements: { strategy: 'HEALTH_BASED', maxAlternatives: 1 },
};
export const outcome = {
  ...outcomeOf('stripe', 'stripe_primary_us_east', 'success'),
  statusCode: 200,
  actualCost: 0.01,
  retryAfterSeconds: 1,
};
export const errorEvent = {
  errorType: 'outage',
  serviceName: 'stripe',
  operation: 'pay',
  severity: 'low',
  errorMessage: 'It is down',
  businessImpact: { revenueAtRisk: 1, customerImpact: 'x', timeToResolution: 1 },
  errorDetails: { failedProviders: ['stripe_primary_us_east'], retryAttempts: 1, cascadingServices: ['x'] },
  streamId: 's',
  recoveryStrategyId: 'r',
  monitoringSessionId: 'm',
};
const override = {
  serviceName: 'stripe',
  operation: 'pay',
  emergencyReason: 'x',
  maxBudgetOverride: 1,
  durationMinutes: 1,
  businessJustification: 'a justification of 20 letters',
};
const [stripe] = defaultCatalog;

/** Every route that takes a body, the schema of the body, and one that keeps it. */
export const BODIES: [Method, string, TSchema, unknown][] = [
  ['POST', `${ETC}/execute-coordination`, DecisionRequestSchema, decisionRequest],
  ['POST', `${ETC}/report-outcome`, OutcomeReportSchema, outcome],
  ['POST', `${ETC}/backend-agent-error`, ErrorEventSchema, errorEvent],
  ['POST', `${ETC}/emergency-override`, OverrideRequestSchema, override],
  [
    'PUT',
    '/admin/catalog/services/stripe',
    PutServiceSchema,
    { ...stripe, expectedVersion: 0, comment: 'x' },
  ],
  ['POST', `${NODE}/drain`, DrainSchema, {}],
  ['POST', `${NODE}/undrain`, DrainSchema, {}],
  ['POST', `${NODE}/circuit`, CircuitActionSchema, { action: 'reset', reason: 'x' }],
  ['PUT', `${NODE}/credentials`, PutCredentialSchema, { secret: 's' }],
  ['POST', `${NODE}/credentials/rotate`, RotateCredentialSchema, { secret: 's', overlapMinutes: 1 }],
  ['POST', '/admin/versions/1/rollback', RollbackSchema, {}],
];
