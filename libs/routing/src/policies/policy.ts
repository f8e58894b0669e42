import type { ServiceName } from '@signalbox/contracts';
import type { Rng } from '@signalbox/statistics';
import type { NodeReading } from '../facts/node-facts.js';
import type { RouteNode } from '../node.js';
import type { FailurePredictor, NodeFeatures } from '../predictor.js';

/** What a policy may know of the call. Figures that the caller left open are filled from the service. */
export interface Call {
  readonly region: string | null;
  readonly targetLatencyMs: number;
  readonly valueMicroUsd: number;
}

/**
 * An eligible node as a policy sees it, and where the policy writes its judgement. The object lives as long as
 * the node does and is judged anew for each decision.
 */
export interface Candidate {
  /** Place in the service's configuration; stable until the configuration changes. */
  readonly index: number;
  readonly node: RouteNode;
  readonly reading: NodeReading;
  /** Calls in flight on all replicas, and how many of them are other replicas'. */
  readonly inFlight: number;
  readonly inFlightElsewhere: number;
  features(): NodeFeatures;

  /** What the ranking sorts by; greater is better. Never NaN. */
  score: number;
  /** What is believed of the true figure: a normal of this mean and spread, for the decision's confidence. */
  mean: number;
  sd: number;
  /** Ranked behind every candidate that is not. */
  isHeldBack: boolean;
}

/** One way to choose among candidates. Everything a policy remembers is its own. */
export interface Policy {
  /** Judges every candidate. Remembers nothing: asking again without `took` gives the same judgement. */
  assess(candidates: readonly Candidate[], call: Call): void;
  /** The call went to `chosen`, which led the ranking. */
  took?(candidates: readonly Candidate[], chosen: Candidate): void;
}

export interface PolicyContext {
  readonly serviceName: ServiceName;
  /** Nodes in the service's configuration: every candidate's index is below it. */
  readonly nodeCount: number;
  readonly rng: Rng;
  readonly predictor: FailurePredictor;
}

export type PolicyFactory = (context: PolicyContext) => Policy;
