import type { ServiceName } from '@signalbox/contracts';
import type { Rng } from '@signalbox/statistics';

/**
 * What the node's own recent calls say about it, read from NodeFacts. Every figure is finite; where nothing
 * was measured it has the value that says "nothing unusual" (0, or the prior).
 */
export interface NodeFeatures {
  /** Discounted posterior mean of failure, 0..1; the catalog prior for a node never seen. */
  failureRatio: number;
  /** Failure share of the newest three tenths of the window less that of the rest, −1..1; 0 while either is empty. */
  failureTrend: number;
  /** ln(peak-EWMA latency ÷ the service's target latency); above 0 is slower than wanted. */
  latencyToTarget: number;
  /** ln(mean latency of the newest three tenths of the window ÷ that of the rest); 0 while either is empty. */
  latencyTrend: number;
  /** Slope of latency over the last seconds as a share of its own mean, per second; 0.1 doubles in ten seconds. */
  latencySlopePerSecond: number;
  /** Share of 429 among the window's outcomes, 0..1. */
  rateLimitedRatio: number;
  /** Change-point statistic over its alarm threshold: 0 when calm, 1 at the alarm, rising past it, at most 4. */
  changePoint: number;
  /** Time of day, UTC, in hours: [0, 24). */
  hourOfDay: number;
  /** Outcomes in the window (client errors excluded): how much the figures above rest on. */
  outcomes: number;
}

/** The probability that a call to the node fails within the next 60 s, with what is not known about it. */
export interface FailurePrediction {
  /** 0..1. */
  mean: number;
  /** Standard deviation of the probability itself. */
  sd: number;
  /** One draw from the posterior, 0..1: what Thompson sampling compares. */
  sample(rng: Rng): number;
}

/** One look at one node, about once a second: the features then, and what came back since the look before. */
export interface NodeObservation {
  serviceName: ServiceName;
  nodeId: string;
  atMs: number;
  features: NodeFeatures;
  /** Outcomes since the last observation of the node, from all replicas; client errors excluded. */
  successes: number;
  failures: number;
}

/** The model behind PREDICTIVE_ANALYTICS. The engine asks it on decisions and feeds it from `tick()`. */
export interface FailurePredictor {
  /** Pure and cheap: microseconds. */
  failureProbability(features: NodeFeatures, serviceName: ServiceName, nodeId: string): FailurePrediction;
  /** Learns: an observation labels the features seen up to 60 s before it. */
  observe(observation: NodeObservation): void;
}
