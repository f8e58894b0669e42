/** What `Expectation` keeps. */
export interface ExpectationState {
  readonly errors: readonly (number | null)[];
}

/**
 * The one expectation of several that has erred least of late: a series without a daily profile is expected
 * where it was a moment ago, a series with one where it was yesterday.
 */
export class Expectation {
  readonly #errors: (number | null)[];

  constructor(candidates: number) {
    this.#errors = Array.from({ length: candidates }, () => null);
  }

  /** @param candidates in always the same order, null where one has nothing to say */
  best(candidates: readonly (number | null)[]): number | null {
    let best: number | null = null;
    let least = Infinity;
    candidates.forEach((candidate, index) => {
      const error = this.#errors[index] ?? UNTRIED;
      if (candidate === null || error >= least) return;
      best = candidate;
      least = error;
    });
    return best;
  }

  observe(candidates: readonly (number | null)[], value: number): void {
    candidates.forEach((candidate, index) => {
      if (candidate === null) return;
      const error = Math.abs(value - candidate);
      const before = this.#errors[index] ?? null;
      this.#errors[index] = before === null ? error : before + GAIN * (error - before);
    });
  }

  snapshot(): ExpectationState {
    return { errors: [...this.#errors] };
  }

  restore({ errors }: ExpectationState): void {
    for (const index of this.#errors.keys()) this.#errors[index] = errors[index] ?? null;
  }
}

/** Behind every candidate that has been tried, before having nothing. */
const UNTRIED = Number.MAX_VALUE;
/** About the last hundred values. */
const GAIN = 0.02;
