/** Shorter gaps are jitter of the facts, not an absence. */
const ABSENCE_MS = 1_000;

/** Where the ramp begins: enough calls to learn from, few enough to lose. Envoy's slow start has the same 10 %. */
const FIRST_SHARE = 0.1;

/**
 * A node back from absence is offered a growing share of its ordinary traffic, from 10 % to all of it, evenly
 * over the ramp: a recovering provider must not be met by everything at once.
 */
export class SlowStart {
  readonly #rampMs: number;
  #absentSinceMs: number | null = null;
  #returnedAtMs: number | null = null;

  constructor(rampMs: number) {
    this.#rampMs = rampMs;
  }

  get isAbsent(): boolean {
    return this.#absentSinceMs !== null;
  }

  left(nowMs: number): void {
    this.#absentSinceMs ??= nowMs;
  }

  /** The node is a candidate again; after a real absence the ramp begins. */
  returned(nowMs: number): void {
    if (this.#absentSinceMs === null) return;
    if (nowMs - this.#absentSinceMs >= ABSENCE_MS) this.#returnedAtMs = nowMs;
    this.#absentSinceMs = null;
  }

  /** Begins the ramp whatever the absence was. */
  restart(nowMs: number): void {
    this.#absentSinceMs = null;
    this.#returnedAtMs = nowMs;
  }

  /** 0.1..1. */
  share(nowMs: number): number {
    if (this.#returnedAtMs === null) return 1;
    const progress = (nowMs - this.#returnedAtMs) / this.#rampMs;
    if (progress >= 1) {
      this.#returnedAtMs = null;
      return 1;
    }
    return FIRST_SHARE + (1 - FIRST_SHARE) * Math.max(0, progress);
  }
}
