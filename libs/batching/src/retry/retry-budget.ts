/** Retries as a share of requests: a provider in trouble gets at most a fifth more, not a multiple. */
const RETRY_SHARE = 0.2;
/** How long a request's share may be spent. */
const WINDOW_MS = 10_000;
/** Retries a second that are always free, or a quiet service could never retry at all. */
const FREE_PER_SECOND = 1;
const SLICES = 10;

/**
 * Whether a retry is affordable. A cap on attempts does not help: when everything fails, three attempts are three
 * times the load on something that is failing because of load. A budget makes retries a share of the traffic,
 * whatever fails. (Finagle's `RetryBudget`, as in Tower: deposits expire after `WINDOW_MS`, plus a small reserve.)
 */
export class RetryBudget {
  /** What was deposited less what was withdrawn, by tenth of the window; in retries. */
  readonly #slices = new Array<number>(SLICES).fill(0);
  #slice = 0;

  /** A first attempt was made. */
  deposit(nowMs: number): void {
    this.#add(RETRY_SHARE, nowMs);
  }

  /** Takes a retry's worth; false when there is none. */
  withdraw(nowMs: number): boolean {
    if (this.balance(nowMs) < 1) return false;
    this.#add(-1, nowMs);
    return true;
  }

  /** Retries that could be made now. */
  balance(nowMs: number): number {
    this.#moveTo(nowMs);
    const reserve = (FREE_PER_SECOND * WINDOW_MS) / 1_000;
    // Fifths do not add up in binary: five deposits are to make one.
    return reserve + this.#slices.reduce((sum, one) => sum + one, 0) + 1e-9;
  }

  #add(retries: number, nowMs: number): void {
    this.#moveTo(nowMs);
    const at = this.#slice % SLICES;
    this.#slices[at] = (this.#slices[at] ?? 0) + retries;
  }

  #moveTo(nowMs: number): void {
    const slice = Math.floor(nowMs / (WINDOW_MS / SLICES));
    for (let next = Math.max(this.#slice + 1, slice - SLICES + 1); next <= slice; next++) {
      this.#slices[next % SLICES] = 0;
    }
    this.#slice = Math.max(this.#slice, slice);
  }
}
