import { LatencySketch } from '@signalbox/statistics';

/**
 * Latency quantiles of the last one to two windows: a sketch that fills and the full one before it. `fresh`
 * holds what was not yet told to the other replicas; it counts here from the start.
 */
export class LatencyQuantiles {
  readonly #windowMs: number;
  #fresh = new LatencySketch();
  #current = new LatencySketch();
  #previous = new LatencySketch();
  #startedAtMs: number | null = null;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(latencyMs: number, nowMs: number): void {
    this.#rotate(nowMs);
    this.#fresh.add(latencyMs);
  }

  /** Samples of another replica. */
  merge(sketch: LatencySketch, nowMs: number): void {
    this.#rotate(nowMs);
    this.#current.merge(sketch);
  }

  /** The samples since the last take, as base64; null without any. */
  takeFresh(nowMs: number): string | null {
    this.#rotate(nowMs);
    if (this.#fresh.count === 0) return null;
    const encoded = this.#fresh.toBase64();
    this.#foldFresh();
    return encoded;
  }

  /** All recent samples, as a sketch of their own. */
  recent(nowMs: number): LatencySketch {
    this.#rotate(nowMs);
    const all = new LatencySketch();
    for (const sketch of [this.#previous, this.#current, this.#fresh]) all.merge(sketch);
    return all;
  }

  #foldFresh(): void {
    this.#current.merge(this.#fresh);
    this.#fresh = new LatencySketch();
  }

  #rotate(nowMs: number): void {
    this.#startedAtMs ??= nowMs;
    const ageMs = nowMs - this.#startedAtMs;
    if (ageMs < this.#windowMs) return;
    if (this.#fresh.count > 0) this.#foldFresh();
    this.#previous = ageMs < 2 * this.#windowMs ? this.#current : new LatencySketch();
    this.#current = new LatencySketch();
    this.#startedAtMs = nowMs;
  }
}
