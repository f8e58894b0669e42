import type { Rng } from './clock.js';
import { sampleBeta } from './random.js';

/** No catalog can promise certainty: a prior of exactly 0 or 1 could never be argued with. */
const LEAST_DOUBT = 1e-4;

/**
 * Belief about a success probability: Beta(prior + discounted successes, prior + discounted failures). Evidence
 * halves every half-life of elapsed time, the prior never does, so an idle posterior returns to its prior.
 * The half-life is an argument because "as long as 125 outcomes take" depends on today's traffic.
 */
export class DiscountedBeta {
  readonly #priorAlpha: number;
  readonly #priorBeta: number;
  #successes = 0;
  #failures = 0;
  #atMs = -Infinity;

  /** `mean` 0..1; `strength`: how many outcomes the prior is worth. */
  constructor(mean: number, strength: number) {
    const doubtful = Math.min(1 - LEAST_DOUBT, Math.max(LEAST_DOUBT, mean));
    this.#priorAlpha = doubtful * strength;
    this.#priorBeta = (1 - doubtful) * strength;
  }

  observe(successes: number, failures: number, nowMs: number, halfLifeMs: number): void {
    this.decayTo(nowMs, halfLifeMs);
    this.#successes += successes;
    this.#failures += failures;
  }

  /** Brings the evidence to `nowMs`; a time before the last one changes nothing. */
  decayTo(nowMs: number, halfLifeMs: number): void {
    const elapsedMs = nowMs - this.#atMs;
    if (elapsedMs <= 0) return;
    this.#atMs = nowMs;
    if (this.#successes === 0 && this.#failures === 0) return;
    const kept = 2 ** (-elapsedMs / halfLifeMs);
    this.#successes *= kept;
    this.#failures *= kept;
  }

  forget(): void {
    this.#successes = 0;
    this.#failures = 0;
  }

  /** Discounted outcomes, prior excluded. */
  get evidence(): number {
    return this.#successes + this.#failures;
  }

  get mean(): number {
    const alpha = this.#priorAlpha + this.#successes;
    return alpha / (alpha + this.#priorBeta + this.#failures);
  }

  get sd(): number {
    const alpha = this.#priorAlpha + this.#successes;
    const beta = this.#priorBeta + this.#failures;
    const n = alpha + beta;
    return Math.sqrt((alpha * beta) / (n * n * (n + 1)));
  }

  /** Credible bounds by the normal approximation: mean ± z·sd, kept in 0..1. */
  lowerBound(z: number): number {
    return Math.max(0, this.mean - z * this.sd);
  }

  upperBound(z: number): number {
    return Math.min(1, this.mean + z * this.sd);
  }

  /** One draw, for Thompson sampling. */
  sample(rng: Rng): number {
    return sampleBeta(this.#priorAlpha + this.#successes, this.#priorBeta + this.#failures, rng);
  }
}
