/** Where pure code gets the time: epoch milliseconds, never moving backwards. */
export interface Clock {
  nowMs(): number;
}

/** A source of randomness: uniform in [0, 1). */
export type Rng = () => number;
