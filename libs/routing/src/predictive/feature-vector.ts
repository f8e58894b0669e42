import { logit, type WeightPrior } from '@signalbox/statistics';
import type { NodeFeatures } from '../predictor.js';

/**
 * Features as the model takes them, each squashed into −1..1 by a fixed, known scale. Running
 * standardisation would be the usual way, but it moves the meaning of learned weights under the model, and
 * makes a persisted model depend on a persisted scaler; every scale here has a reason instead.
 */

/** A ratio this close to 0 or 1 is beyond what a window of calls can tell. */
const RATIO_FLOOR = 1e-3;
/** logit(RATIO_FLOOR) ≈ −6.9: brings the failure feature into −1..1. */
const LOGIT_SCALE = -logit(RATIO_FLOOR);

/**
 * Priors: the node fails as it failed lately (weight of the failure feature = its scale, so its product is the
 * log odds themselves), and nothing else counts until it is learned. So a cold model ranks by recent failure
 * and never does worse for not knowing. A standard deviation of 2 lets a feature, if it proves to matter,
 * move the odds by an order of magnitude within one episode.
 */
const UNKNOWN: WeightPrior = { mean: 0, precision: 1 / 4 };

interface SharedFeature {
  readonly name: string;
  readonly prior: WeightPrior;
  value(features: NodeFeatures): number;
}

/** Precursors: what they announce is taken to be the same for all nodes of a service. */
const SHARED: readonly SharedFeature[] = [
  { name: 'bias', prior: { mean: 0, precision: 4 }, value: () => 1 },
  {
    name: 'failure',
    prior: { mean: LOGIT_SCALE, precision: 1 },
    value: (f) => logit(clamp(f.failureRatio, RATIO_FLOOR, 1 - RATIO_FLOOR)) / LOGIT_SCALE,
  },
  // 10 points more failures than before is already a strong trend.
  { name: 'failureTrend', prior: UNKNOWN, value: (f) => Math.tanh(f.failureTrend / 0.1) },
  // Scale ln 2: at twice the target the feature is at 0.76.
  { name: 'latencyToTarget', prior: UNKNOWN, value: (f) => Math.tanh(f.latencyToTarget / Math.LN2) },
  // Ordinary jitter of a window's mean is a few percent; half as slow again (ln 1.5 ≈ 0.4) is a trend.
  { name: 'latencyTrend', prior: UNKNOWN, value: (f) => Math.tanh(f.latencyTrend / 0.4) },
  // 0.05 per second doubles the latency in 20 s.
  { name: 'latencySlope', prior: UNKNOWN, value: (f) => Math.tanh(f.latencySlopePerSecond / 0.05) },
  // One call in ten refused is a provider that is close to its limit.
  { name: 'rateLimited', prior: UNKNOWN, value: (f) => Math.tanh(f.rateLimitedRatio / 0.1) },
  // 1 is the alarm.
  { name: 'changePoint', prior: UNKNOWN, value: (f) => Math.tanh(f.changePoint) },
];

/** A node's own: its level, and its daily load, which differ between the nodes of a service. */
const OWN: WeightPrior = { mean: 0, precision: 4 };
export const OWN_PRIORS: readonly WeightPrior[] = [OWN, OWN, OWN];

export const SHARED_FEATURE_NAMES: readonly string[] = SHARED.map((feature) => feature.name);
export const SHARED_PRIORS: readonly WeightPrior[] = SHARED.map((feature) => feature.prior);
export const OWN_FEATURE_NAMES: readonly string[] = ['nodeBias', 'daySin', 'dayCos'];

/** Shared features first, then the node's own, in the order of the names. */
export function featureVector(features: NodeFeatures): number[] {
  const x = SHARED.map((feature) => feature.value(features));
  const angle = (2 * Math.PI * features.hourOfDay) / 24;
  x.push(1, Math.sin(angle), Math.cos(angle));
  return x;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
