/**
 * Bayesian logistic regression that learns one observation at a time.
 *
 * The posterior over the weights is kept as independent Gaussians (diagonal Laplace approximation), after
 * Chapelle and Li, "An Empirical Evaluation of Thompson Sampling", NIPS 2011, algorithm 3. Where it deviates:
 *
 * - It learns single observations, so the new mode lies on the line mean + precision⁻¹·x·t and the inner
 *   minimisation is one scalar equation, solved exactly, in place of a numerical optimiser over all weights.
 * - An observation is a ratio over a (possibly fractional) number of trials, the binomial likelihood.
 * - It forgets, towards the prior: before learning, the posterior is raised to γ and the prior to 1 − γ
 *   (stabilised forgetting, Kulhavý and Zarrop 1993), so certainty is bounded and silence returns a weight to
 *   its prior rather than to ignorance. γ is a weight's own, by how much the observation speaks about it
 *   (directional forgetting): calm hours must not erase what an outage taught.
 *
 * A model is an array of weights; models may share weight objects, which is how nodes share what precedes
 * failure in general and keep apart what is their own.
 */
export interface GaussianWeight {
  mean: number;
  /** 1 ÷ variance, above 0. */
  precision: number;
  readonly prior: WeightPrior;
}

export interface WeightPrior {
  readonly mean: number;
  readonly precision: number;
}

/** The distribution of the linear predictor, in log odds. */
export interface LogOdds {
  mean: number;
  variance: number;
}

export interface BinomialObservation {
  /** Share of positives, 0..1. */
  ratio: number;
  /** How many independent trials the ratio is worth; fractions allowed, above 0. */
  trials: number;
}

export function weightAtPrior(prior: WeightPrior): GaussianWeight {
  return { mean: prior.mean, precision: prior.precision, prior };
}

/** `x` pairs with `weights` by position; values are expected in about −1..1. */
export function predictLogOdds(weights: readonly GaussianWeight[], x: readonly number[]): LogOdds {
  let mean = 0;
  let variance = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    const value = x[i]!;
    mean += weight.mean * value;
    variance += (value * value) / weight.precision;
  }
  return { mean, variance };
}

/** Updates the weights in place. `halfLifeTrials`: trials at |x| = 1 after which half of a weight is forgotten. */
export function learn(
  weights: readonly GaussianWeight[],
  x: readonly number[],
  observed: BinomialObservation,
  halfLifeTrials: number,
): void {
  for (let i = 0; i < weights.length; i++) {
    forget(weights[i]!, 0.5 ** ((observed.trials * x[i]! * x[i]!) / halfLifeTrials));
  }
  const before = predictLogOdds(weights, x);
  const probability = sigmoid(modeOnLine(before, observed));
  const push = observed.trials * (observed.ratio - probability);
  const information = observed.trials * probability * (1 - probability);
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    const value = x[i]!;
    weight.mean += (value * push) / weight.precision;
    weight.precision += value * value * information;
  }
}

/** E[σ(z)] for Gaussian z, by MacKay's approximation (1992). */
export function meanProbability({ mean, variance }: LogOdds): number {
  return sigmoid(mean / Math.sqrt(1 + (Math.PI * variance) / 8));
}

/** Standard deviation of the probability, by the delta method at its mean. */
export function probabilitySd(logOdds: LogOdds): number {
  const p = meanProbability(logOdds);
  return p * (1 - p) * Math.sqrt(logOdds.variance);
}

export function sigmoid(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

export function logit(probability: number): number {
  return Math.log(probability / (1 - probability));
}

function forget(weight: GaussianWeight, keep: number): void {
  const kept = keep * weight.precision;
  const given = (1 - keep) * weight.prior.precision;
  weight.mean = (kept * weight.mean + given * weight.prior.mean) / (kept + given);
  weight.precision = kept + given;
}

/**
 * The s that solves s = mean + variance·trials·(ratio − σ(s)). The right side falls in s, so there is exactly
 * one, between the two ends that σ = 1 and σ = 0 give; Newton, with bisection where it would leave them.
 */
function modeOnLine(before: LogOdds, { ratio, trials }: BinomialObservation): number {
  const pull = before.variance * trials;
  let low = before.mean + pull * (ratio - 1);
  let high = before.mean + pull * ratio;
  let s = before.mean;
  for (let i = 0; i < 60 && high - low > 1e-10; i++) {
    const p = sigmoid(s);
    const excess = s - before.mean - pull * (ratio - p);
    if (excess > 0) high = s;
    else low = s;
    const next = s - excess / (1 + pull * p * (1 - p));
    if (Math.abs(next - s) < 1e-12) return next;
    s = next > low && next < high ? next : (low + high) / 2;
  }
  return s;
}
