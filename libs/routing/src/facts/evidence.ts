import type { NodeDelta, Thresholds } from '@signalbox/contracts';
import {
  DiscountedBeta,
  DiscountedMean,
  DiscountedSlope,
  LatencySketch,
  PageHinkley,
  PeakEwma,
  SlidingWindow,
} from '@signalbox/statistics';
import type { RouteNode } from '../node.js';
import { LatencyQuantiles } from './latency-quantiles.js';
import { COUNTED_OUTCOMES, LANE, continuesRun, timesTheNode, type CountedOutcome } from './outcome-counts.js';

const OUTCOME_LANES = COUNTED_OUTCOMES.length;
const ALL_OUTCOMES = OUTCOME_LANES;
const LATENCY_SUM = OUTCOME_LANES + 1;
const LATENCY_COUNT = OUTCOME_LANES + 2;
const DECISIONS = OUTCOME_LANES + 3;
const LANES = OUTCOME_LANES + 4;

/** The catalog's word is worth this many outcomes: enough that one early failure does not condemn a node. */
const PRIOR_STRENGTH = 50;
/** A latency says more than a yes or no does, so its prior gives way sooner. */
const LATENCY_PRIOR_STRENGTH = 5;

/** Outcomes that halve old evidence of success, at the node's usual rate. */
const SUCCESS_HALF_LIFE_OUTCOMES = 125;
/** Busy nodes remember at least this long: else what a floor learned would be forgotten as soon as it acts. */
const LEAST_SUCCESS_HALF_LIFE_MS = 5_000;
/** Quiet nodes remember at most this many windows. */
const MOST_SUCCESS_HALF_LIFE_WINDOWS = 10;
const LATENCY_HALF_LIFE_OUTCOMES = 30;
const LEAST_LATENCY_HALF_LIFE_MS = 1_000;

/** Newest tenths of the window that count as "now" in a trend. */
const RECENT_BUCKETS = 3;
/** Memory of the slope: the same 10 s as the peak estimate, so that both speak of one present. */
const SLOPE_DECAY_MS = 10_000;
const CHANGE_POINT_MEMORY_OUTCOMES = 500;

/** What outcomes say about one node: everything that is counted or estimated from them, and nothing else. */
export class Evidence {
  readonly success: DiscountedBeta;
  readonly latency: DiscountedMean;
  readonly peakLatency: PeakEwma;
  readonly quantiles: LatencyQuantiles;
  readonly #slope = new DiscountedSlope(SLOPE_DECAY_MS);
  /** Rise of the failure share; the drift is what noise of a healthy node may spend. */
  readonly #failureChange: PageHinkley;
  /** Rise of ln(latency ÷ prior); a drift of 0.3 lets the noise of a factor 1.35 pass. */
  readonly #latencyChange = new PageHinkley({
    initialMean: 0,
    drift: 0.3,
    threshold: 5,
    memory: CHANGE_POINT_MEMORY_OUTCOMES,
  });
  readonly #window: SlidingWindow;
  readonly #windowMs: number;
  readonly #priorLatencyMs: number;
  #consecutiveFailures = 0;

  constructor(node: RouteNode, thresholds: Thresholds) {
    this.success = new DiscountedBeta(node.priorSuccess, PRIOR_STRENGTH);
    this.latency = new DiscountedMean(node.priorLatencyMs, LATENCY_PRIOR_STRENGTH);
    this.peakLatency = new PeakEwma(node.priorLatencyMs);
    this.quantiles = new LatencyQuantiles(thresholds.windowMs);
    this.#failureChange = new PageHinkley({
      initialMean: 1 - node.priorSuccess,
      drift: 0.02,
      threshold: 3,
      memory: CHANGE_POINT_MEMORY_OUTCOMES,
    });
    this.#window = new SlidingWindow(LANES, thresholds.windowMs);
    this.#windowMs = thresholds.windowMs;
    this.#priorLatencyMs = node.priorLatencyMs;
  }

  /** One outcome that this replica took. */
  record(outcome: CountedOutcome, latencyMs: number, nowMs: number): void {
    this.#count(outcome, 1, nowMs);
    const succeeded = outcome === 'success';
    this.success.observe(succeeded ? 1 : 0, succeeded ? 0 : 1, nowMs, this.successHalfLifeMs(nowMs));
    this.#failureChange.observe(succeeded ? 0 : 1);
    if (succeeded) this.#consecutiveFailures = 0;
    else if (continuesRun(outcome)) this.#consecutiveFailures++;
    if (timesTheNode(outcome)) {
      this.#time(latencyMs, 1, nowMs);
      this.peakLatency.observe(latencyMs, nowMs);
      this.quantiles.add(latencyMs, nowMs);
    } else if (latencyMs > this.peakLatency.read(nowMs)) {
      // A slow failure is as slow as it was; a fast one proves nothing.
      this.peakLatency.observe(latencyMs, nowMs);
    }
  }

  /** A node that says it is overloaded counts as one that answers that slowly. */
  loadSignal(latencyMs: number, nowMs: number): void {
    this.peakLatency.observe(latencyMs, nowMs);
  }

  /** What another replica saw in one interval. */
  absorb(delta: NodeDelta, nowMs: number): void {
    let total = 0;
    let timed = 0;
    for (const outcome of COUNTED_OUTCOMES) {
      const count = delta.outcomes[outcome] ?? 0;
      if (count === 0) continue;
      this.#count(outcome, count, nowMs);
      total += count;
      if (timesTheNode(outcome)) timed += count;
    }
    if (total > 0) {
      const successes = delta.outcomes.success ?? 0;
      this.success.observe(successes, total - successes, nowMs, this.successHalfLifeMs(nowMs));
      this.#failureChange.observe((total - successes) / total, total);
      this.#consecutiveFailures = (delta.hadSuccess ? 0 : this.#consecutiveFailures) + delta.trailingFailures;
    }
    if (delta.latencyMsMean !== null && timed > 0) this.#time(delta.latencyMsMean, timed, nowMs);
    if (delta.latencyMsMax !== null && delta.latencyMsMax > this.peakLatency.read(nowMs)) {
      this.peakLatency.observe(delta.latencyMsMax, nowMs);
    } else if (delta.latencyMsMean !== null) {
      this.peakLatency.observe(delta.latencyMsMean, nowMs);
    }
    const sketch = delta.latencySketch === null ? null : LatencySketch.fromBase64(delta.latencySketch);
    if (sketch !== null) this.quantiles.merge(sketch, nowMs);
  }

  decided(nowMs: number): void {
    this.#window.add(DECISIONS, 1, nowMs);
  }

  /**
   * Starts the judgement anew: a circuit that closed must not trip again on the failures that opened it, nor a
   * floor keep out a node whose probes succeeded. What is known of its latency stays.
   */
  forgive(): void {
    this.#window.clear();
    this.success.forget();
    this.#failureChange.reset();
    this.#consecutiveFailures = 0;
  }

  get consecutiveFailures(): number {
    return this.#consecutiveFailures;
  }

  count(outcome: CountedOutcome, nowMs: number): number {
    return this.#window.total(LANE[outcome], nowMs);
  }

  total(nowMs: number): number {
    return this.#window.total(ALL_OUTCOMES, nowMs);
  }

  decisions(nowMs: number): number {
    return this.#window.total(DECISIONS, nowMs);
  }

  /** The latencies that the window's mean is made of. */
  latencySumMs(nowMs: number): number {
    return this.#window.total(LATENCY_SUM, nowMs);
  }

  latencyCount(nowMs: number): number {
    return this.#window.total(LATENCY_COUNT, nowMs);
  }

  successHalfLifeMs(nowMs: number): number {
    const atUsualRateMs = (SUCCESS_HALF_LIFE_OUTCOMES * this.#windowMs) / this.total(nowMs);
    const mostMs = MOST_SUCCESS_HALF_LIFE_WINDOWS * this.#windowMs;
    return Math.max(LEAST_SUCCESS_HALF_LIFE_MS, Math.min(mostMs, atUsualRateMs));
  }

  latencyHalfLifeMs(nowMs: number): number {
    const atUsualRateMs = (LATENCY_HALF_LIFE_OUTCOMES * this.#windowMs) / this.total(nowMs);
    return Math.max(LEAST_LATENCY_HALF_LIFE_MS, Math.min(this.#windowMs, atUsualRateMs));
  }

  /** Failure share of the newest three tenths of the window less that of the rest; 0 while either is empty. */
  failureTrend(nowMs: number): number {
    const recent = this.#newest(ALL_OUTCOMES, nowMs);
    const earlier = this.total(nowMs) - recent;
    if (recent === 0 || earlier === 0) return 0;
    const recentSuccesses = this.#newest(LANE.success, nowMs);
    const earlierSuccesses = this.count('success', nowMs) - recentSuccesses;
    return earlierSuccesses / earlier - recentSuccesses / recent;
  }

  /** ln(mean latency of the newest three tenths of the window ÷ that of the rest); 0 while either is empty. */
  latencyTrend(nowMs: number): number {
    const recentCount = this.#newest(LATENCY_COUNT, nowMs);
    const recentSumMs = this.#newest(LATENCY_SUM, nowMs);
    const earlierCount = this.latencyCount(nowMs) - recentCount;
    const earlierSumMs = this.latencySumMs(nowMs) - recentSumMs;
    if (recentCount === 0 || earlierCount === 0 || recentSumMs <= 0 || earlierSumMs <= 0) return 0;
    return Math.log(recentSumMs / recentCount / (earlierSumMs / earlierCount));
  }

  get latencySlopePerSecond(): number {
    return this.#slope.relativePerSecond;
  }

  /** The larger of the two change-point statistics, each over its own threshold. */
  get changePoint(): number {
    return Math.max(this.#failureChange.statistic, this.#latencyChange.statistic);
  }

  #count(outcome: CountedOutcome, count: number, nowMs: number): void {
    this.#window.add(LANE[outcome], count, nowMs);
    this.#window.add(ALL_OUTCOMES, count, nowMs);
  }

  #newest(lane: number, nowMs: number): number {
    return this.#window.newest(lane, RECENT_BUCKETS, nowMs);
  }

  #time(latencyMs: number, count: number, nowMs: number): void {
    this.#window.add(LATENCY_SUM, latencyMs * count, nowMs);
    this.#window.add(LATENCY_COUNT, count, nowMs);
    this.latency.observe(latencyMs, count, nowMs, this.latencyHalfLifeMs(nowMs));
    this.#slope.observe(latencyMs, count, nowMs);
    this.#latencyChange.observe(Math.log(Math.max(0.01, latencyMs) / this.#priorLatencyMs), count);
  }
}
