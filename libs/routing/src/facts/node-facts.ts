import type { NodeDelta, OutcomeKind, Severity, Thresholds } from '@signalbox/contracts';
import type { RouteNode } from '../node.js';
import type { NodeFeatures } from '../predictor.js';
import { Evidence } from './evidence.js';
import { COUNTED_OUTCOMES, timesTheNode, type CountedOutcome } from './outcome-counts.js';
import { PeerGauges } from './peer-gauges.js';
import { PendingDelta } from './pending-delta.js';
import { Pressure } from './pressure.js';
import { SlowStart } from './slow-start.js';

/** One-sided 95 %: the bound that a node's true success is beyond once in twenty. */
const BOUND_Z = 1.645;

/** Readings may be this old between outcomes; nothing they hold moves noticeably in less. */
const READING_TTL_MS = 10;

const LEAST_LOAD_SIGNAL_MS = 5_000;
const MOST_LOAD_SIGNAL_MS = 300_000;

/** ln of the widest latency ratio worth telling apart: a factor of 55 either way. */
const MOST_LOG_RATIO = 4;

/** What a decision reads of a node. Derived from the facts, kept for a few ms, never written by a policy. */
export interface NodeReading {
  /** Probability of success: posterior mean, less error-event pressure. */
  readonly success: number;
  readonly successSd: number;
  /** One-sided 95 % credible bounds of it. */
  readonly successLower: number;
  readonly successUpper: number;
  /** Expected latency and how unsure it is. */
  readonly latencyMs: number;
  readonly latencySdMs: number;
  /** Peak EWMA. */
  readonly peakLatencyMs: number;
  /** 1 − error-event pressure: what is left to the node of whatever is said of it. */
  readonly unpressed: number;
  /** Share of its ordinary traffic the node is to be offered: slow start, a recovery's limit, what error events leave. */
  readonly share: number;
}

/** The facts kept of one node, whatever becomes of its configuration. All times are epoch ms. */
export class NodeFacts {
  readonly peers = new PeerGauges();
  #slowStart: SlowStart;
  #shareLimit = 1;
  #evidence: Evidence;
  readonly #pressure = new Pressure();
  readonly #pending = new PendingDelta();
  #node: RouteNode;
  #thresholds: Thresholds;
  readonly #reading: { -readonly [K in keyof NodeReading]: NodeReading[K] };
  #readAtMs = -Infinity;
  #isDirty = true;
  #inFlightHere = 0;
  #rateLimitedUntilMs = 0;
  #succeeded = 0;
  #failed = 0;

  constructor(node: RouteNode, thresholds: Thresholds) {
    this.#slowStart = new SlowStart(thresholds.windowMs);
    this.#evidence = new Evidence(node, thresholds);
    this.#node = node;
    this.#thresholds = thresholds;
    this.#reading = {
      success: 0,
      successSd: 0,
      successLower: 0,
      successUpper: 0,
      latencyMs: 0,
      latencySdMs: 0,
      peakLatencyMs: 0,
      unpressed: 1,
      share: 1,
    };
  }

  /** A new configuration: the facts stay, except that another prior or window begins the evidence anew. */
  reconfigure(node: RouteNode, thresholds: Thresholds): void {
    const isSameBelief =
      node.priorSuccess === this.#node.priorSuccess &&
      node.priorLatencyMs === this.#node.priorLatencyMs &&
      thresholds.windowMs === this.#thresholds.windowMs;
    this.#node = node;
    this.#thresholds = thresholds;
    this.#isDirty = true;
    if (isSameBelief) return;
    this.#slowStart = new SlowStart(thresholds.windowMs);
    this.#evidence = new Evidence(node, thresholds);
  }

  /** Calls in flight on all replicas. */
  get inFlight(): number {
    return this.#inFlightHere + this.peers.total;
  }

  get rateLimitedUntilMs(): number {
    return this.#rateLimitedUntilMs;
  }

  get consecutiveFailures(): number {
    return this.#evidence.consecutiveFailures;
  }

  routed(nowMs: number): void {
    this.#inFlightHere++;
    this.#evidence.decided(nowMs);
  }

  settled(): void {
    this.#inFlightHere--;
  }

  /** What became of a call; a caller's own error says nothing about the node and changes nothing. */
  record(outcome: OutcomeKind, latencyMs: number, retryAfterMs: number | null, nowMs: number): void {
    if (outcome === 'client_error') return;
    this.#isDirty = true;
    this.#evidence.record(outcome, latencyMs, nowMs);
    this.#pending.outcome(outcome);
    if (timesTheNode(outcome)) this.#pending.latency(latencyMs);
    else this.#pending.peak(latencyMs);
    this.#tally(outcome, 1, nowMs);
    if (outcome === 'rate_limited' || (outcome === 'server_error' && retryAfterMs !== null)) {
      this.#overloaded(outcome, retryAfterMs, nowMs);
    }
  }

  /**
   * A 429, or a 503 with Retry-After. A 429 without one keeps the node out for the service's first backoff: it
   * asked for less, and more at once is not less.
   */
  #overloaded(outcome: CountedOutcome, retryAfterMs: number | null, nowMs: number): void {
    const signalMs = Math.max(LEAST_LOAD_SIGNAL_MS, Math.min(retryAfterMs ?? 0, MOST_LOAD_SIGNAL_MS));
    this.#evidence.loadSignal(signalMs, nowMs);
    this.#pending.peak(signalMs);
    const waitMs = retryAfterMs ?? (outcome === 'rate_limited' ? this.#thresholds.retryBackoffMs : 0);
    if (nowMs + waitMs <= this.#rateLimitedUntilMs) return;
    this.#rateLimitedUntilMs = nowMs + waitMs;
    this.#pending.rateLimited(this.#rateLimitedUntilMs);
  }

  /** What another replica saw. */
  absorb(replicaId: string, delta: NodeDelta, nowMs: number): void {
    this.#isDirty = true;
    this.#evidence.absorb(delta, nowMs);
    for (const outcome of COUNTED_OUTCOMES) this.#tally(outcome, delta.outcomes[outcome] ?? 0, nowMs);
    for (let check = 0; check < delta.failedHealthChecks; check++) this.weigh('medium', nowMs);
    this.#rateLimitedUntilMs = Math.max(this.#rateLimitedUntilMs, delta.rateLimitedUntilMs ?? 0);
    this.peers.set(replicaId, delta.inFlight, nowMs);
  }

  /** An error event that names the node. */
  weigh(severity: Severity, nowMs: number): void {
    this.#isDirty = true;
    const successes = this.#evidence.count('success', nowMs);
    const failures = this.#evidence.total(nowMs) - successes;
    const { failoverErrorRatio } = this.#thresholds;
    this.#pressure.weigh(severity, { successes, failures, failoverErrorRatio }, nowMs);
  }

  /** A failed active health check weighs like an error event of medium severity. */
  healthCheckFailed(nowMs: number): void {
    this.weigh('medium', nowMs);
    this.#pending.healthCheckFailed();
  }

  /** The circuit closed: judged anew, and back by slow start. */
  forgive(nowMs: number): void {
    this.#isDirty = true;
    this.#evidence.forgive();
    this.#pending.forgive();
    this.#slowStart.restart(nowMs);
  }

  /**
   * Why the window's facts are beyond the service's thresholds; null while they are not. Of a warned service
   * half as long a run is enough: trouble was expected, so it is less likely to be chance.
   */
  tripReason(nowMs: number, isWarned: boolean): string | null {
    const { consecutiveFailures, failoverErrorRatio, minimumOutcomes } = this.#thresholds;
    const run = this.#evidence.consecutiveFailures;
    if (run >= consecutiveFailures) return `${run} consecutive failures`;
    if (isWarned && run >= Math.ceil(consecutiveFailures / 2)) {
      return `${run} consecutive failures while warned of a cascade`;
    }
    const total = this.#evidence.total(nowMs);
    if (total < minimumOutcomes) return null;
    const ratio = (total - this.#evidence.count('success', nowMs)) / total;
    if (ratio <= failoverErrorRatio) return null;
    return `error rate ${percent(ratio)} over ${total} outcomes passes ${percent(failoverErrorRatio)}`;
  }

  /** The facts as decisions read them. The object is reused: copy what is to be kept. */
  reading(nowMs: number): NodeReading {
    const ageMs = nowMs - this.#readAtMs;
    if (this.#isDirty || ageMs >= READING_TTL_MS || ageMs < 0) this.#derive(nowMs);
    return this.#reading;
  }

  /** The node is out of reach for a reason of its own, not of one call. */
  wasAbsent(nowMs: number): void {
    this.#slowStart.left(nowMs);
  }

  /** The node is a candidate; after an absence it begins by slow start. */
  wasPresent(nowMs: number): void {
    if (!this.#slowStart.isAbsent) return;
    this.#slowStart.returned(nowMs);
    this.#isDirty = true;
  }

  features(nowMs: number): NodeFeatures {
    const evidence = this.#evidence;
    evidence.success.decayTo(nowMs, evidence.successHalfLifeMs(nowMs));
    const outcomes = evidence.total(nowMs);
    const peakMs = Math.max(1, evidence.peakLatency.read(nowMs));
    return {
      failureRatio: 1 - evidence.success.mean,
      failureTrend: evidence.failureTrend(nowMs),
      latencyToTarget: bounded(Math.log(peakMs / Math.max(1, this.#thresholds.targetLatencyMs))),
      latencyTrend: bounded(evidence.latencyTrend(nowMs)),
      latencySlopePerSecond: evidence.latencySlopePerSecond,
      rateLimitedRatio: outcomes === 0 ? 0 : evidence.count('rate_limited', nowMs) / outcomes,
      changePoint: evidence.changePoint,
      hourOfDay: (nowMs / 3_600_000) % 24,
      outcomes,
    };
  }

  /** Outcomes since the last call, all replicas. */
  takeTally(): { successes: number; failures: number } {
    const tally = { successes: this.#succeeded, failures: this.#failed };
    this.#succeeded = 0;
    this.#failed = 0;
    return tally;
  }

  takeDelta(nodeId: string, nowMs: number): NodeDelta | null {
    return this.#pending.take(
      nodeId,
      this.#inFlightHere,
      () => this.#evidence.quantiles.takeFresh(nowMs),
      nowMs,
    );
  }

  pressure(nowMs: number): number {
    return this.#pressure.at(nowMs);
  }

  /** The most of its ordinary traffic the node is to be offered, 0..1, until it is set anew. */
  limitShare(ratio: number): void {
    if (ratio === this.#shareLimit) return;
    this.#shareLimit = ratio;
    this.#isDirty = true;
  }

  slowStartShare(nowMs: number): number {
    return this.#slowStart.share(nowMs);
  }

  get evidence(): Evidence {
    return this.#evidence;
  }

  #tally(outcome: CountedOutcome, count: number, nowMs: number): void {
    if (outcome === 'success') {
      this.#succeeded += count;
      this.#pressure.relieve(count, nowMs);
    } else {
      this.#failed += count;
    }
  }

  #derive(nowMs: number): void {
    const { success, latency, peakLatency } = this.#evidence;
    success.decayTo(nowMs, this.#evidence.successHalfLifeMs(nowMs));
    latency.decayTo(nowMs, this.#evidence.latencyHalfLifeMs(nowMs));
    const unpressed = 1 - this.#pressure.at(nowMs);
    const reading = this.#reading;
    reading.success = success.mean * unpressed;
    reading.successSd = success.sd * unpressed;
    reading.successLower = success.lowerBound(BOUND_Z) * unpressed;
    reading.successUpper = success.upperBound(BOUND_Z) * unpressed;
    reading.latencyMs = latency.mean;
    reading.latencySdMs = latency.sdOfMean;
    reading.peakLatencyMs = peakLatency.read(nowMs);
    reading.unpressed = unpressed;
    reading.share = Math.min(this.#slowStart.share(nowMs), this.#shareLimit) * unpressed;
    this.#isDirty = false;
    this.#readAtMs = nowMs;
  }
}

function bounded(logRatio: number): number {
  return Math.max(-MOST_LOG_RATIO, Math.min(MOST_LOG_RATIO, logRatio));
}

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(1)} %`;
}
