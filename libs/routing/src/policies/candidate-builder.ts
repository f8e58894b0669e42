import type { NodeReading } from '../facts/node-facts.js';
import type { RouteNode } from '../node.js';
import type { Call, Candidate } from './policy.js';

/** A healthy, idle candidate for tests; name only what the test is about. */
export function aCandidate(
  index: number,
  {
    node = {},
    reading = {},
    inFlight = 0,
  }: { node?: Partial<RouteNode>; reading?: Partial<NodeReading>; inFlight?: number } = {},
): Candidate {
  return {
    index,
    node: {
      nodeId: `node_${index}`,
      providerName: `Node ${index}`,
      region: 'us-east-1',
      role: 'primary',
      baseUrl: 'https://node.example.com',
      costMicroUsd: 10_000,
      weight: 50,
      priorSuccess: 0.995,
      priorLatencyMs: 100,
      drained: false,
      maxConcurrent: null,
      maxRequestsPerSecond: null,
      ...node,
    },
    reading: {
      success: 1,
      successSd: 0,
      successLower: 1,
      successUpper: 1,
      latencyMs: 100,
      latencySdMs: 0,
      peakLatencyMs: 100,
      unpressed: 1,
      share: 1,
      ...reading,
    },
    inFlight,
    inFlightElsewhere: 0,
    features: () => ({
      failureRatio: 0,
      failureTrend: 0,
      latencyToTarget: 0,
      latencyTrend: 0,
      latencySlopePerSecond: 0,
      rateLimitedRatio: 0,
      changePoint: 0,
      hourOfDay: 0,
      outcomes: 0,
    }),
    score: 0,
    mean: 0,
    sd: 0,
    isHeldBack: false,
  };
}

export function aCall(overrides: Partial<Call> = {}): Call {
  return { region: 'us-east-1', targetLatencyMs: 500, valueMicroUsd: 1_000_000, ...overrides };
}
