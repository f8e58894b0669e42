/**
 * Mean and spread of a quantity whose samples lose half their weight every half-life. A prior, worth a number
 * of samples, never loses weight: with nothing seen lately the mean is the prior.
 */
export class DiscountedMean {
  readonly #prior: number;
  readonly #strength: number;
  #weight = 0;
  #sum = 0;
  #sumOfSquares = 0;
  #atMs = -Infinity;

  constructor(prior: number, strength: number) {
    this.#prior = prior;
    this.#strength = strength;
  }

  observe(value: number, count: number, nowMs: number, halfLifeMs: number): void {
    this.decayTo(nowMs, halfLifeMs);
    this.#weight += count;
    this.#sum += value * count;
    this.#sumOfSquares += value * value * count;
  }

  decayTo(nowMs: number, halfLifeMs: number): void {
    const elapsedMs = nowMs - this.#atMs;
    if (elapsedMs <= 0) return;
    this.#atMs = nowMs;
    if (this.#weight === 0) return;
    const kept = 2 ** (-elapsedMs / halfLifeMs);
    this.#weight *= kept;
    this.#sum *= kept;
    this.#sumOfSquares *= kept;
  }

  get mean(): number {
    return (this.#strength * this.#prior + this.#sum) / (this.#strength + this.#weight);
  }

  /**
   * Standard deviation of the mean itself. The prior's samples are taken to spread as wide as the prior is
   * large (an exponential's spread), which is how little a catalog figure says about a latency.
   */
  get sdOfMean(): number {
    const n = this.#strength + this.#weight;
    const secondMoment = (this.#strength * 2 * this.#prior * this.#prior + this.#sumOfSquares) / n;
    const mean = this.mean;
    return Math.sqrt(Math.max(0, secondMoment - mean * mean) / n);
  }
}
