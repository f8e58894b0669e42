import type { ErrorEvent, NodeConfig, OutcomeReport, ServiceConfig } from '@signalbox/contracts';

/** A valid node; name only what the test is about. */
export function aNode(overrides: Partial<NodeConfig> = {}): NodeConfig {
  return {
    nodeId: 'node_a',
    providerName: 'Node A',
    region: 'us-east-1',
    role: 'primary',
    weightPercent: 100,
    priorSuccessPercent: 99.5,
    priorLatencyMs: 100,
    costPerRequestUsd: 0.01,
    baseUrl: 'https://node-a.example.com',
    ...overrides,
  };
}

/** A valid service of one node. */
export function aService(overrides: Partial<ServiceConfig> = {}): ServiceConfig {
  return {
    serviceName: 'stripe',
    strategy: 'HEALTH_BASED',
    intent: 'success first',
    successFloor: null,
    thresholds: {
      failoverErrorRatio: 0.05,
      minimumOutcomes: 20,
      consecutiveFailures: 5,
      windowMs: 60_000,
      retryBackoffMs: 1_000,
      maxBackoffMs: 60_000,
      probeSuccesses: 3,
      targetLatencyMs: 2_000,
      inFlightLeaseMs: 30_000,
    },
    nodes: [aNode()],
    dependents: [],
    ...overrides,
  };
}

/** A successful call on `aNode()`. */
export function anOutcome(overrides: Partial<OutcomeReport> = {}): OutcomeReport {
  return {
    serviceName: 'stripe',
    coordinationId: 'enhanced_coordination_1768478400_a1b2c3d4',
    nodeId: 'node_a',
    outcome: 'success',
    latencyMs: 100,
    ...overrides,
  };
}

/** A high-severity error that names `aNode()`. */
export function anErrorEvent(overrides: Partial<ErrorEvent> = {}): ErrorEvent {
  return {
    errorType: 'PROVIDER_FAILURE',
    serviceName: 'stripe',
    severity: 'high',
    errorMessage: 'the provider answers 500',
    errorDetails: { failedProviders: ['node_a'] },
    ...overrides,
  };
}
