import type { NodeDelta } from '@signalbox/contracts';
import { COUNTED_OUTCOMES, LANE, continuesRun, type CountedOutcome } from './outcome-counts.js';

/** While calls stay in flight and nothing else happens, the gauge is told again this often, well inside its life. */
const GAUGE_REFRESH_MS = 500;

/** What this replica learned about one node since it last told the others. */
export class PendingDelta {
  readonly #counts = new Uint32Array(COUNTED_OUTCOMES.length);
  #isNew = false;
  #trailingFailures = 0;
  #hadSuccess = false;
  #latencyMaxMs: number | null = null;
  #latencySumMs = 0;
  #latencyCount = 0;
  #failedHealthChecks = 0;
  #rateLimitedUntilMs: number | null = null;
  #toldInFlight = 0;
  #toldAtMs = -Infinity;

  outcome(outcome: CountedOutcome): void {
    const lane = LANE[outcome];
    this.#counts[lane] = (this.#counts[lane] ?? 0) + 1;
    this.#isNew = true;
    if (outcome === 'success') {
      this.#hadSuccess = true;
      this.#trailingFailures = 0;
    } else if (continuesRun(outcome)) {
      this.#trailingFailures++;
    }
  }

  /** A sample of the node's speed. */
  latency(latencyMs: number): void {
    this.peak(latencyMs);
    this.#latencySumMs += latencyMs;
    this.#latencyCount++;
  }

  /** A latency that may raise the peak estimate and says nothing about the mean. */
  peak(latencyMs: number): void {
    this.#latencyMaxMs = Math.max(this.#latencyMaxMs ?? 0, latencyMs);
    this.#isNew = true;
  }

  rateLimited(untilMs: number): void {
    this.#rateLimitedUntilMs = untilMs;
    this.#isNew = true;
  }

  healthCheckFailed(): void {
    this.#failedHealthChecks++;
    this.#isNew = true;
  }

  /** The failures of before a circuit closed: who hears of them only after that must not trip on them. */
  forgive(): void {
    this.#counts.forEach((count, lane) => (this.#counts[lane] = lane === LANE.success ? count : 0));
    this.#trailingFailures = 0;
  }

  /** Null when the others know it all already. */
  take(nodeId: string, inFlight: number, takeSketch: () => string | null, nowMs: number): NodeDelta | null {
    const gaugeIsStale =
      inFlight !== this.#toldInFlight || (inFlight > 0 && nowMs - this.#toldAtMs >= GAUGE_REFRESH_MS);
    if (!this.#isNew && !gaugeIsStale) return null;
    const outcomes: NodeDelta['outcomes'] = {};
    for (const outcome of COUNTED_OUTCOMES) {
      const count = this.#counts[LANE[outcome]] ?? 0;
      if (count > 0) outcomes[outcome] = count;
    }
    const delta: NodeDelta = {
      nodeId,
      outcomes,
      trailingFailures: this.#trailingFailures,
      hadSuccess: this.#hadSuccess,
      failedHealthChecks: this.#failedHealthChecks,
      latencyMsMax: this.#latencyMaxMs,
      latencyMsMean: this.#latencyCount > 0 ? this.#latencySumMs / this.#latencyCount : null,
      latencySketch: takeSketch(),
      rateLimitedUntilMs: this.#rateLimitedUntilMs,
      inFlight,
    };
    this.#clear(inFlight, nowMs);
    return delta;
  }

  #clear(inFlight: number, nowMs: number): void {
    this.#counts.fill(0);
    this.#isNew = false;
    this.#trailingFailures = 0;
    this.#hadSuccess = false;
    this.#latencyMaxMs = null;
    this.#latencySumMs = 0;
    this.#latencyCount = 0;
    this.#failedHealthChecks = 0;
    this.#rateLimitedUntilMs = null;
    this.#toldInFlight = inFlight;
    this.#toldAtMs = nowMs;
  }
}
