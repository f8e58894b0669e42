import { DDSketch } from '@datadog/sketches-js';

/** Every replica must use the same accuracy, or their sketches do not merge. */
const RELATIVE_ACCURACY = 0.01;

/**
 * Mergeable quantiles of latency (DDSketch: Masson, Rim, Lee, VLDB 2019), each within 1 % of the true value.
 * Memory is bounded by the range of the values: about 1,150 bins from 0.01 ms to a day.
 */
export class LatencySketch {
  #sketch = new DDSketch({ relativeAccuracy: RELATIVE_ACCURACY });

  get count(): number {
    return this.#sketch.count;
  }

  add(latencyMs: number): void {
    this.#sketch.accept(Math.max(0.01, latencyMs));
  }

  merge(other: LatencySketch): void {
    this.#sketch.merge(other.#sketch);
  }

  /** Latency in ms at `q` in 0..1; null without samples. */
  quantile(q: number): number | null {
    return this.#sketch.count === 0 ? null : this.#sketch.getValueAtQuantile(q);
  }

  toBase64(): string {
    return Buffer.from(this.#sketch.toProto()).toString('base64');
  }

  /** Null when the text is no sketch, or one of another accuracy. */
  static fromBase64(text: string): LatencySketch | null {
    try {
      const decoded = DDSketch.fromProto(Buffer.from(text, 'base64'));
      const sketch = new LatencySketch();
      if (!sketch.#sketch.mergeable(decoded)) return null;
      sketch.#sketch.merge(decoded);
      return sketch;
    } catch {
      return null;
    }
  }
}
