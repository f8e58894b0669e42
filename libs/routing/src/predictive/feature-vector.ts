import { logit, type WeightPrior } from '@signalbox/statistics';
import type { NodeFeatures } from '../predictor.js';

/**
 * Features as the model takes them, each squashed into −1..1 by a fixed, known scale. Running
 * standardisation would be the usual way, but it moves the meaning of learned weights under the model, and
 * makes a persisted model depend on a persisted scaler; every scale here has a reason instead.
 */

/** A window of some hundred calls cannot tell rates below this apart: one failure more or less moves it. */
const RATIO_FLOOR = 0.005;
/** logit(RATIO_FLOOR) ≈ −5.3: brings the failure feature into −1..1. */
const LOGIT_SCALE = -logit(RATIO_FLOOR);

/**
 * The prior: a node fails as it failed lately (the weight of the failure feature is its scale, so its product
 * is the log odds themselves). So a model that has learned nothing ranks by recent failure.
 */
const FAILURE: WeightPrior = { mean: LOGIT_SCALE, precision: 1 };
/**
 * And what is called a precursor is one until the data disagree: at full strength it makes the odds e times
 * worse. A standard deviation of 2 lets one episode make that ten times, or nothing.
 */
const PRECURSOR: WeightPrior = { mean: 1, precision: 1 / 4 };

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
    prior: FAILURE,
    value: (f) => logit(clamp(f.failureRatio, RATIO_FLOOR, 1 - RATIO_FLOOR)) / LOGIT_SCALE,
  },
  // 10 points more failures than before is already a strong trend.
  { name: 'failureTrend', prior: PRECURSOR, value: (f) => seen(f) * Math.tanh(f.failureTrend / 0.1) },
  // Scale ln 2: at twice the target the feature is at 0.76. How far inside the target says nothing.
  {
    name: 'lateness',
    prior: PRECURSOR,
    value: (f) => Math.tanh(Math.max(0, f.latencyToTarget) / Math.LN2),
  },
  // Ordinary jitter of a window's mean is a few percent; half as slow again (ln 1.5 ≈ 0.4) is a trend.
  { name: 'latencyTrend', prior: PRECURSOR, value: (f) => seen(f) * Math.tanh(f.latencyTrend / 0.4) },
  // 0.05 per second doubles the latency in 20 s.
  {
    name: 'latencySlope',
    prior: PRECURSOR,
    value: (f) => seen(f) * Math.tanh(f.latencySlopePerSecond / 0.05),
  },
  // One call in ten refused is a provider that is close to its limit.
  { name: 'rateLimited', prior: PRECURSOR, value: (f) => seen(f) * Math.tanh(f.rateLimitedRatio / 0.1) },
  // 1 is the alarm.
  { name: 'changePoint', prior: PRECURSOR, value: (f) => Math.tanh(f.changePoint) },
];

/**
 * A node's own: its level, and its daily load, which differ between the nodes of a service. Narrow, since one
 * outage at some hour is an accident: about five at the same hour are a pattern.
 */
const OWN: WeightPrior = { mean: 0, precision: 30 };
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

/** Trends over a handful of calls are noise: a full voice takes a window of a few dozen. */
function seen({ outcomes }: NodeFeatures): number {
  return outcomes / (outcomes + 20);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
