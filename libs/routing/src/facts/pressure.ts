import type { Severity } from '@signalbox/contracts';

/**
 * Share of a node's success that one error event takes away at full agreement. Chosen for what they do to a
 * node held to a floor of 99 %: a low event keeps it out for seconds, a critical one for about a minute, and
 * any event at least halves in weight when outcomes contradict it.
 */
const WEIGHT: Record<Severity, number> = { low: 0.02, medium: 0.1, high: 0.4, critical: 0.8 };

/** Short: an event is news about now. A failure that lasts shows in the outcomes or brings more events. */
const HALF_LIFE_MS = 10_000;

/** What one success takes off: twenty in a row leave a third. */
const RELIEF_PER_SUCCESS = 0.05;

/** Below this the pressure is gone: less than any floor or ranking could notice. */
const NEGLIGIBLE = 0.001;

/**
 * How far error events weigh on a node, 0..1. They act at once, ahead of any outcome, in proportion to severity
 * and to how far the outcomes of the window agree; they fade by time, and by successes that contradict them.
 */
export class Pressure {
  #value = 0;
  #atMs = 0;

  /**
   * Half of an event's weight is the service's word, the other half asks the outcomes: with F failures and S
   * successes in the window, agreement is (F + 1) / (F + 1 + S · failoverErrorRatio). It is 1 while nothing
   * contradicts the event and about one half for a node that fails just as often as it may.
   */
  weigh(
    severity: Severity,
    outcomes: { successes: number; failures: number; failoverErrorRatio: number },
    nowMs: number,
  ): void {
    const contradicted = outcomes.successes * outcomes.failoverErrorRatio;
    const agreement = (outcomes.failures + 1) / (outcomes.failures + 1 + contradicted);
    const weight = WEIGHT[severity] * (0.5 + 0.5 * agreement);
    const present = this.at(nowMs);
    this.#value = present + (1 - present) * weight;
  }

  relieve(successes: number, nowMs: number): void {
    if (this.#value === 0) return;
    this.#value = this.at(nowMs) * (1 - RELIEF_PER_SUCCESS) ** successes;
  }

  at(nowMs: number): number {
    if (this.#value !== 0 && nowMs > this.#atMs) {
      this.#value *= 2 ** (-(nowMs - this.#atMs) / HALF_LIFE_MS);
      if (this.#value < NEGLIGIBLE) this.#value = 0;
    }
    this.#atMs = Math.max(this.#atMs, nowMs);
    return this.#value;
  }
}
