import type { OutcomeKind } from '@signalbox/contracts';

/** Answers from which a p95 is read; fewer say nothing of a tail. */
const LEAST_SAMPLES = 20;
const SMALLER = 0.9;
const HALF = 0.5;

/**
 * How many items a batch may hold, between 1 and the policy's most: one more while p95 stays within target, a tenth
 * less on a breach, half on 429 or 5xx. (Additive increase, multiplicative decrease: Chiu and Jain, 1989; Clipper
 * sizes its batches so, NSDI 2017.) After a change the window begins anew, or one slow minute would shrink batches
 * at every answer that follows.
 */
export class BatchSize {
  #limit: number;
  #latenciesMs: number[] = [];

  constructor(private bounds: { readonly maxItems: number; readonly targetLatencyMs: number }) {
    this.#limit = bounds.maxItems;
  }

  get limit(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  adopt(bounds: { readonly maxItems: number; readonly targetLatencyMs: number }): void {
    // A size at its most stays there when the most is raised; a reduced one keeps what it learned.
    const atMost = this.#limit >= this.bounds.maxItems;
    this.#limit = atMost ? bounds.maxItems : Math.min(this.#limit, bounds.maxItems);
    this.bounds = bounds;
  }

  settled(outcome: OutcomeKind, latencyMs: number): void {
    if (outcome === 'rate_limited' || outcome === 'server_error') return this.#shrink(HALF);
    // What the provider refused, or never saw, says nothing about size.
    if (outcome === 'client_error' || outcome === 'connection_error') return;
    this.#latenciesMs.push(latencyMs);
    if (this.#latenciesMs.length > LEAST_SAMPLES) this.#latenciesMs.shift();
    if (this.#latenciesMs.length < LEAST_SAMPLES) return;
    if (p95(this.#latenciesMs) > this.bounds.targetLatencyMs) this.#shrink(SMALLER);
    else this.#limit = Math.min(this.bounds.maxItems, this.#limit + 1);
  }

  #shrink(factor: number): void {
    this.#limit = Math.max(1, this.#limit * factor);
    this.#latenciesMs = [];
  }
}

/** Nearest rank: of 20 values the 19th. */
function p95(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(0.95 * sorted.length) - 1] ?? 0;
}
