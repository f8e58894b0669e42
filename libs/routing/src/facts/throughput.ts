import { SlidingWindow } from '@signalbox/statistics';

/** As often as performance is collected. */
const WINDOW_MS = 15_000;

/**
 * Outcomes a second, all replicas. Apart from the windows that judge the nodes: those begin anew when a circuit closes,
 * and the traffic does not. Told too low for the first 15 s of a replica.
 */
export class Throughput {
  readonly #window = new SlidingWindow(1, WINDOW_MS);

  add(outcomes: number, nowMs: number): void {
    this.#window.add(0, outcomes, nowMs);
  }

  perSecond(nowMs: number): number {
    return (1_000 * this.#window.total(0, nowMs)) / this.#window.coveredMs(nowMs);
  }
}
