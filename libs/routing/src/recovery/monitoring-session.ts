import type { ServiceName, Severity } from '@signalbox/contracts';
import { ControlChart } from '@signalbox/statistics';

/** One look at a node: what happened since the look before. */
export interface MonitoringSample {
  atMs: number;
  /** Outcomes in the interval, client errors excluded. */
  outcomes: number;
  failures: number;
  /** Mean of the interval; null without outcomes. */
  latencyMs: number | null;
  circuitOpen: boolean;
}

export interface MonitoringThresholds {
  /** The error ratio (0..1) at which the service fails over; degradation is told at half of it. */
  failoverErrorRatio: number;
  /** The latency the service is held to. */
  targetLatencyMs: number;
  /** Outcomes before a ratio means anything. */
  minimumOutcomes: number;
}

export type MonitoringState =
  | { kind: 'healthy' }
  | { kind: 'degraded'; sinceMs: number; finding: Finding }
  | { kind: 'outage'; sinceMs: number; degradedSinceMs: number; finding: Finding };

/** What crossed which bound. Null figures: the reason is a fact without a figure (an open circuit). */
export interface Finding {
  reason: string;
  measured: number | null;
  threshold: number | null;
  unit: 'ratio' | 'ms' | null;
}

/** `outage` is told as a degradation of severity critical: there is one fact for both on the bus. */
export type MonitoringEvent =
  | ({ kind: 'degraded'; severity: Severity } & MonitoringFacts & Finding)
  | ({ kind: 'recovered'; severity: Severity; lastedMs: number } & MonitoringFacts & Finding);

interface MonitoringFacts {
  serviceName: ServiceName;
  nodeId: string;
  atMs: number;
}

/** Half the calls failing is no degradation any more, whatever the service's thresholds are. */
const OUTAGE_ERROR_RATIO = 0.5;
const EARLY = 0.5;
/** Against the node's own past: one false alarm in some hundred thousand looks, were the figures normal. */
const SIGMAS = 4.5;
/** Looks in a row that must be bad before it is told, and good before it is taken back. */
const BAD_LOOKS = 3;
const GOOD_LOOKS = 10;
/** A good look lies this far inside the bound: between the two nothing changes. */
const GOOD_SHARE = 0.8;

/** About five minutes of one-second looks; a baseline counts from the first minute on. */
const BASELINE_GAIN = 1 / 300;
const BASELINE_WARM_UP = 60;
/** A sick node's figures enter its baseline at a tenth, so that a lasting new level is accepted in the end. */
const SICK_CAUTION = 0.1;
/** Below these a difference from the past is not worth telling, however steady the past was. */
const LOG_LATENCY_SD_FLOOR = 0.1;
const ERROR_RATIO_SD_FLOOR = 0.01;

/** Error ratios are taken over the newest looks, as many as bring enough outcomes, at most this many. */
const RATIO_LOOKS = 30;

/**
 * Watches one node against its service's thresholds and against its own past, so that a degradation is told
 * before it is an outage. Feed it a sample about once a second, in order of time; it answers the events of
 * that look, at most one. Causal: a look is judged by the looks before it.
 */
export class MonitoringSession {
  private current: MonitoringState = { kind: 'healthy' };
  private readonly recent: { outcomes: number; failures: number }[] = [];
  private readonly logLatency = new ControlChart(BASELINE_GAIN, BASELINE_WARM_UP, LOG_LATENCY_SD_FLOOR);
  private readonly errorRatio = new ControlChart(BASELINE_GAIN, BASELINE_WARM_UP, ERROR_RATIO_SD_FLOOR);
  private badLooks = 0;
  private outageLooks = 0;
  private goodLooks = 0;

  constructor(
    readonly serviceName: ServiceName,
    readonly nodeId: string,
    private readonly thresholds: MonitoringThresholds,
  ) {}

  get state(): MonitoringState {
    return this.current;
  }

  observe(sample: MonitoringSample): MonitoringEvent | null {
    const ratio = this.recentErrorRatio(sample);
    const outage = this.outageFinding(sample, ratio);
    const finding = outage ?? this.finding(ratio, sample.latencyMs, 1);
    const silent = sample.outcomes === 0 && outage === null;
    const good = finding === null && this.finding(ratio, sample.latencyMs, GOOD_SHARE) === null;
    this.learn(sample, ratio);
    // A node without calls shows neither sickness nor health.
    if (silent) return null;
    this.badLooks = finding === null ? 0 : this.badLooks + 1;
    this.outageLooks = outage === null ? 0 : this.outageLooks + 1;
    this.goodLooks = good ? this.goodLooks + 1 : 0;
    return this.transition(sample, finding, outage, ratio);
  }

  private transition(
    sample: MonitoringSample,
    finding: Finding | null,
    outage: Finding | null,
    ratio: number | null,
  ): MonitoringEvent | null {
    const { atMs } = sample;
    const state = this.current;
    // An open circuit is itself the end of a count: no need to count again.
    const isOutage = outage !== null && (sample.circuitOpen || this.outageLooks >= BAD_LOOKS);
    if (isOutage && state.kind !== 'outage') {
      const degradedSinceMs = state.kind === 'degraded' ? state.sinceMs : atMs;
      this.current = { kind: 'outage', sinceMs: atMs, degradedSinceMs, finding: outage };
      return { kind: 'degraded', severity: 'critical', ...this.about(atMs), ...outage };
    }
    if (finding !== null && this.badLooks >= BAD_LOOKS && state.kind === 'healthy') {
      this.current = { kind: 'degraded', sinceMs: atMs, finding };
      return { kind: 'degraded', severity: 'medium', ...this.about(atMs), ...finding };
    }
    if (this.goodLooks >= GOOD_LOOKS && state.kind !== 'healthy') {
      const sinceMs = state.kind === 'outage' ? state.degradedSinceMs : state.sinceMs;
      this.current = { kind: 'healthy' };
      const { unit, threshold } = state.finding;
      const measured = unit === 'ms' ? sample.latencyMs : unit === 'ratio' ? ratio : null;
      const reason = `back inside its bounds: ${state.finding.reason}`;
      return {
        kind: 'recovered',
        severity: 'low',
        lastedMs: atMs - sinceMs,
        ...this.about(atMs),
        ...{ reason, measured, threshold, unit },
      };
    }
    return null;
  }

  private outageFinding({ circuitOpen }: MonitoringSample, ratio: number | null): Finding | null {
    if (circuitOpen) return { reason: 'the circuit is open', measured: null, threshold: null, unit: null };
    if (ratio === null || ratio < OUTAGE_ERROR_RATIO) return null;
    return { reason: 'most calls fail', measured: ratio, threshold: OUTAGE_ERROR_RATIO, unit: 'ratio' };
  }

  /** The first bound that is crossed, each multiplied by `share`. */
  private finding(ratio: number | null, latencyMs: number | null, share: number): Finding | null {
    const { failoverErrorRatio, targetLatencyMs } = this.thresholds;
    const usualRatio = this.errorRatio.limit(SIGMAS);
    const usualLogLatency = this.logLatency.limit(SIGMAS);
    return (
      above(
        'error ratio passes half of what fails over',
        ratio,
        failoverErrorRatio * EARLY * share,
        'ratio',
      ) ??
      above('latency passes the target', latencyMs, targetLatencyMs * share, 'ms') ??
      above(
        'error ratio is far above its own past',
        ratio,
        usualRatio === null ? null : usualRatio * share,
        'ratio',
      ) ??
      above(
        'latency is far above its own past',
        latencyMs,
        usualLogLatency === null ? null : Math.exp(usualLogLatency) * share,
        'ms',
      )
    );
  }

  private learn({ latencyMs }: MonitoringSample, ratio: number | null): void {
    const caution = this.current.kind === 'healthy' ? 1 : SICK_CAUTION;
    if (latencyMs !== null && latencyMs > 0) this.logLatency.learn(Math.log(latencyMs), caution);
    if (ratio !== null) this.errorRatio.learn(ratio, caution);
  }

  private recentErrorRatio({ outcomes, failures }: MonitoringSample): number | null {
    this.recent.push({ outcomes, failures });
    if (this.recent.length > RATIO_LOOKS) this.recent.shift();
    let seen = 0;
    let failed = 0;
    for (let i = this.recent.length - 1; i >= 0 && seen < this.thresholds.minimumOutcomes; i--) {
      seen += this.recent[i]!.outcomes;
      failed += this.recent[i]!.failures;
    }
    return seen >= this.thresholds.minimumOutcomes ? failed / seen : null;
  }

  private about(atMs: number): MonitoringFacts {
    return { serviceName: this.serviceName, nodeId: this.nodeId, atMs };
  }
}

function above(
  reason: string,
  measured: number | null,
  threshold: number | null,
  unit: 'ratio' | 'ms',
): Finding | null {
  return measured !== null && threshold !== null && measured > threshold
    ? { reason, measured, threshold, unit }
    : null;
}
