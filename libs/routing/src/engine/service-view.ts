import type { MicroUsd, OutcomeKind, ServiceConfig, ServiceName, StrategyName } from '@signalbox/contracts';
import type { CircuitState } from '../circuit/circuit.js';
import type { RouteNode } from '../node.js';
import type { NodeFeatures } from '../predictor.js';

/** What is known of one node now; a snapshot, the caller's to keep. */
export interface NodeView {
  node: RouteNode;
  circuit: CircuitState;
  credentialsRevoked: boolean;
  /** Exact counts over the window, all replicas; caller errors are not counted. */
  outcomes: Record<Exclude<OutcomeKind, 'client_error'>, number>;
  /** 0..1 over the window; null without outcomes. */
  failureRatio: number | null;
  consecutiveFailures: number;
  /** Posterior of success less error-event pressure, 0..1. */
  successProbability: number;
  /** Expected latency; the prior's before any sample. */
  latencyMs: number;
  /** Of the last one to two windows; null without samples. */
  latencyMsP50: number | null;
  latencyMsP95: number | null;
  latencyMsP99: number | null;
  /** 0..100. */
  healthScore: number;
  /** 0..1: how far error events weigh on the node now. */
  pressure: number;
  /** 0..1: share of its ordinary traffic a node back from absence is given; 1 when it was not away. */
  slowStartShare: number;
  rateLimitedUntilMs: number | null;
  /** All replicas. */
  inFlight: number;
  /** Share of this replica's decisions of the window, 0..1; null without decisions. */
  trafficShare: number | null;
  features: NodeFeatures;
}

/** Of all nodes of a service together. */
export interface TrafficView {
  /** Outcomes a second over the last 15 s, all replicas; caller errors are not counted. */
  requestsPerSecond: number;
  /** Over the window; null without samples. */
  latencyMsMean: number | null;
  /** Of the last one to two windows; null without samples. */
  latencyMsP95: number | null;
  latencyMsP99: number | null;
}

export interface ServiceView {
  serviceName: ServiceName;
  config: ServiceConfig;
  strategy: StrategyName;
  nodes: NodeView[];
  traffic: TrafficView;
  /** All replicas. */
  inFlight: number;
  override: { overrideId: string; remainingMicroUsd: MicroUsd; expiresAtMs: number } | null;
}
