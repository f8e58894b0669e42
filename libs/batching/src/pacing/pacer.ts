import type { Clock } from '@signalbox/statistics';

export interface Pace {
  readonly requestsPerSecond: number;
  /** Requests that may go at once after a pause, at least 1. */
  readonly burst: number;
  /** How long a lane rests after a 429 that did not say, ms. */
  readonly penaltyMs: number;
}

/** Airtable: "5 requests per second per base"; past it, 429 and "you will need to wait 30 seconds". */
export const AIRTABLE_PACE: Pace = { requestsPerSecond: 5, burst: 5, penaltyMs: 30_000 };
/** Where a provider names no penalty, as long as a window of its limit. */
export const DEFAULT_PENALTY_MS = 1_000;

const MOST_LANES = 10_000;

/**
 * The pace of each lane of a provider: GCRA (ITU-T I.371, the virtual scheduling form), one number a lane. `dueAtMs`
 * is the theoretical arrival time of the next request; one may come earlier by (burst − 1) intervals.
 */
export class Pacer {
  readonly #lanes = new Map<string, { dueAtMs: number; restsUntilMs: number }>();

  constructor(
    private readonly pace: Pace,
    private readonly clock: Clock,
  ) {}

  /** Epoch ms from which a request may go by the lane; now or before: at once. */
  laneFreeAtMs(lane: string): number {
    const known = this.#lanes.get(lane);
    if (known === undefined) return 0;
    return Math.max(known.restsUntilMs, known.dueAtMs - (this.pace.burst - 1) * this.#intervalMs);
  }

  laneTaken(lane: string, requests = 1): void {
    const known = this.#laneOf(lane);
    known.dueAtMs = Math.max(known.dueAtMs, this.clock.nowMs()) + requests * this.#intervalMs;
  }

  /** The provider said 429: the lane rests for as long as it asked, else for the penalty. */
  penalise(lane: string, retryAfterMs: number | null): void {
    const known = this.#laneOf(lane);
    const restsUntilMs = this.clock.nowMs() + (retryAfterMs ?? this.pace.penaltyMs);
    known.restsUntilMs = Math.max(known.restsUntilMs, restsUntilMs);
  }

  get #intervalMs(): number {
    return 1_000 / this.pace.requestsPerSecond;
  }

  #laneOf(lane: string): { dueAtMs: number; restsUntilMs: number } {
    const known = this.#lanes.get(lane) ?? { dueAtMs: 0, restsUntilMs: 0 };
    // Last used, last forgotten.
    this.#lanes.delete(lane);
    this.#lanes.set(lane, known);
    const [oldest] = this.#lanes.keys();
    if (this.#lanes.size > MOST_LANES && oldest !== undefined) this.#lanes.delete(oldest);
    return known;
  }
}
