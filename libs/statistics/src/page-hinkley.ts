/**
 * Page–Hinkley test for a rise in the mean of a stream (Page 1954, Hinkley 1971): the sum of what each value
 * exceeds the running mean by, less a drift that ordinary noise may spend, never below 0. Deviation from the
 * textbook: the running mean forgets (weight of a value falls by half in `memory` values), so that a change
 * which lasts becomes the new normal instead of an alarm for ever.
 */
export class PageHinkley {
  readonly #drift: number;
  readonly #threshold: number;
  readonly #memory: number;
  #mean: number;
  #excess = 0;

  constructor(options: {
    /** Where the mean starts. */
    initialMean: number;
    /** What a value may exceed the mean by at no charge. */
    drift: number;
    /** The sum that counts as a change. */
    threshold: number;
    /** Values after which half of the mean is new. */
    memory: number;
  }) {
    this.#mean = options.initialMean;
    this.#drift = options.drift;
    this.#threshold = options.threshold;
    this.#memory = options.memory;
  }

  /** `count` values of mean `value`. */
  observe(value: number, count = 1): void {
    this.#excess = Math.min(
      MOST * this.#threshold,
      Math.max(0, this.#excess + count * (value - this.#mean - this.#drift)),
    );
    this.#mean = value + (this.#mean - value) * 2 ** (-count / this.#memory);
  }

  reset(): void {
    this.#excess = 0;
  }

  /** The statistic over its threshold: 0 calm, 1 a change, at most 4 so that calm can return in finite time. */
  get statistic(): number {
    return this.#excess / this.#threshold;
  }
}

const MOST = 4;
