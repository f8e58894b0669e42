/** Merge keys whose arrivals are remembered; the one unseen for longest is forgotten first. */
const MOST_KEYS = 10_000;
/** Weight of the newest window: the last ten or so count. */
const SMOOTHING = 0.2;
/** Windows after which a key's own mean outweighs its family's five to one. */
const MOST_WINDOWS = 5;
/** How many windows of prior stand against what the open window shows. */
const PRIOR_WINDOWS = 1;
/** Before anything was seen: one more is coming. Waiting once in vain is how a key shows that it is alone. */
const FIRST_GUESS = 1;

interface KeyHistory {
  openedAtMs: number;
  /** Arrivals since the window opened, the opening one not counted. */
  followers: number;
  /** Smoothed followers of past windows. */
  mean: number;
  windows: number;
}

/**
 * How many more arrivals of a merge key are to be expected: what waiting is worth.
 *
 * A window opens with an arrival and lasts the longest wait; what counts is how many follow within it, since that is
 * the question an open batch asks, for steady traffic and for bursts alike (a mean rate would forget that bursts come
 * together). Past windows are smoothed to a mean, by key and, for keys hardly seen, by family (the operation). Within
 * a window the mean is a Gamma prior that its Poisson arrivals correct: (mean + followers) ÷ (1 + elapsed share).
 */
export class ArrivalForecast {
  readonly #keys = new Map<string, KeyHistory>();
  readonly #families = new Map<string, { mean: number }>();

  constructor(private readonly windowMs: () => number) {}

  observe(family: string, key: string, nowMs: number): void {
    const known = this.#keys.get(key);
    if (known === undefined) {
      this.#keys.set(key, { openedAtMs: nowMs, followers: 0, mean: 0, windows: 0 });
      const [oldest] = this.#keys.keys();
      if (this.#keys.size > MOST_KEYS && oldest !== undefined) this.#keys.delete(oldest);
      return;
    }
    if (nowMs - known.openedAtMs <= this.windowMs()) {
      known.followers++;
      return;
    }
    this.#close(family, known);
    known.openedAtMs = nowMs;
    known.followers = 0;
    this.#keys.delete(key);
    this.#keys.set(key, known);
  }

  /** Arrivals to be expected from now until then, if none comes before. */
  expected(family: string, key: string, nowMs: number, untilMs: number): number {
    const windowMs = this.windowMs();
    if (windowMs <= 0) return 0;
    const { belief, openedAtMs } = this.#beliefOf(family, key, nowMs);
    const elapsed = Math.max(0, (nowMs - openedAtMs) / windowMs);
    const rate = belief / (PRIOR_WINDOWS + elapsed);
    return (rate * Math.max(0, untilMs - nowMs)) / windowMs;
  }

  /**
   * When the expectation until `untilMs` falls below `threshold`, if none comes before: b (u − t) ÷ (w + t − o) <
   * threshold, solved for t. At `nowMs` when it already has.
   */
  belowAtMs(family: string, key: string, nowMs: number, untilMs: number, threshold: number): number {
    const windowMs = this.windowMs();
    if (windowMs <= 0) return nowMs;
    const { belief, openedAtMs } = this.#beliefOf(family, key, nowMs);
    const atMs =
      (belief * untilMs - threshold * (PRIOR_WINDOWS * windowMs - openedAtMs)) / (belief + threshold);
    // Just past the solution, where it is below and no longer equal.
    return Math.min(untilMs, Math.max(nowMs, Math.floor(atMs) + 1));
  }

  #beliefOf(family: string, key: string, nowMs: number): { belief: number; openedAtMs: number } {
    const familyMean = this.#families.get(family)?.mean ?? FIRST_GUESS;
    const known = this.#keys.get(key);
    if (known === undefined) return { belief: familyMean * PRIOR_WINDOWS, openedAtMs: nowMs };
    const mean = (known.windows * known.mean + familyMean) / (known.windows + 1);
    return { belief: mean * PRIOR_WINDOWS + known.followers, openedAtMs: known.openedAtMs };
  }

  #close(family: string, key: KeyHistory): void {
    key.mean = key.windows === 0 ? key.followers : key.mean + SMOOTHING * (key.followers - key.mean);
    key.windows = Math.min(MOST_WINDOWS, key.windows + 1);
    const own = this.#families.get(family);
    if (own === undefined) this.#families.set(family, { mean: key.followers });
    else own.mean += SMOOTHING * (key.followers - own.mean);
  }
}
