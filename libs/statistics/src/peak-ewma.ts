/**
 * Peak-sensitive moving average of latency, as Finagle's `loadbalancer/PeakEwma` and Linkerd's balancer have
 * it: with w = e^(−Δt/τ), a sample above the estimate replaces it (a slow node is noticed at its first slow
 * answer), one below blends in, and reading decays the estimate as a sample of 0 would (an idle node becomes
 * worth another try). One deviation: the starting estimate is a prior, not a memory, and does not decay before
 * the first sample.
 */
export class PeakEwma {
  readonly #decayMs: number;
  #estimateMs: number;
  /** Null until the first sample. */
  #atMs: number | null = null;

  /** `decayMs` is τ. 10 s forgets a spike in well under a minute and outlasts the gap between two calls. */
  constructor(priorMs: number, decayMs = 10_000) {
    this.#estimateMs = priorMs;
    this.#decayMs = decayMs;
  }

  observe(latencyMs: number, nowMs: number): void {
    const elapsedMs = this.#atMs === null ? 0 : Math.max(0, nowMs - this.#atMs);
    if (latencyMs > this.#estimateMs) {
      this.#estimateMs = latencyMs;
    } else if (this.#atMs === null) {
      // The prior only stood in for this sample.
      this.#estimateMs = latencyMs;
    } else {
      const w = Math.exp(-elapsedMs / this.#decayMs);
      this.#estimateMs = this.#estimateMs * w + latencyMs * (1 - w);
    }
    this.#atMs = this.#atMs === null ? nowMs : Math.max(this.#atMs, nowMs);
  }

  read(nowMs: number): number {
    if (this.#atMs !== null && nowMs > this.#atMs) this.observe(0, nowMs);
    return this.#estimateMs;
  }
}
