/**
 * Slope of a quantity over time by least squares whose points lose weight with age, e^(−age/τ). Times are kept
 * relative to the newest point, so that epoch milliseconds do not eat the precision.
 */
export class DiscountedSlope {
  readonly #decayMs: number;
  #atMs = 0;
  #w = 0;
  #wt = 0;
  #wtt = 0;
  #wx = 0;
  #wtx = 0;

  constructor(decayMs: number) {
    this.#decayMs = decayMs;
  }

  observe(value: number, weight: number, nowMs: number): void {
    if (this.#w === 0) this.#atMs = nowMs;
    const elapsedMs = Math.max(0, nowMs - this.#atMs);
    if (elapsedMs > 0) this.#shift(elapsedMs);
    // The newest point is at t = 0: it adds nothing to the sums over t.
    this.#w += weight;
    this.#wx += weight * value;
  }

  /** Change per second as a share of the mean; 0 while all points have one time, or the mean is 0. */
  get relativePerSecond(): number {
    const spread = this.#w * this.#wtt - this.#wt * this.#wt;
    if (this.#wx <= 0 || spread <= 1e-6 * this.#w * this.#w) return 0;
    const slopePerMs = (this.#w * this.#wtx - this.#wt * this.#wx) / spread;
    return (slopePerMs * 1000 * this.#w) / this.#wx;
  }

  /** Moves the origin `elapsedMs` later and ages every point by it. */
  #shift(elapsedMs: number): void {
    const kept = Math.exp(-elapsedMs / this.#decayMs);
    this.#wtt = kept * (this.#wtt - 2 * elapsedMs * this.#wt + elapsedMs * elapsedMs * this.#w);
    this.#wtx = kept * (this.#wtx - elapsedMs * this.#wx);
    this.#wt = kept * (this.#wt - elapsedMs * this.#w);
    this.#w *= kept;
    this.#wx *= kept;
    this.#atMs += elapsedMs;
  }
}
