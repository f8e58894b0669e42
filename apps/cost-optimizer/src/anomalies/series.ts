import { ANOMALY_SERIES, SERVICE_NAMES, type AnomalySeen, type ServiceName } from '@signalbox/contracts';
import type { ServiceMinute } from '@signalbox/persistence';
import { AnomalyDetector, type AnomalyDetectorState } from '@signalbox/statistics';

export type SeriesName = (typeof ANOMALY_SERIES)[number];

const MINUTE_MS = 60_000;
const UNITS: Record<SeriesName, string> = { cost: 'usd_per_minute', latency: 'ms', error_rate: 'ratio' };
/** One failure among fewer calls is a rate of nothing. */
const LEAST_SETTLED = 5;
/** A detector that has seen an hour knows what is ordinary; before, everything would be news. */
const LEAST_MINUTES = 60;

/** What is kept over a restart: the detectors, and the minute they have seen last. */
export interface SeriesState {
  version: 1;
  /** Start of the first minute that is not seen yet. */
  nextMinuteMs: number;
  detectors: Record<string, { state: AnomalyDetectorState; seen: number }>;
}

/** The three series of every service, minute by minute, each watched by a detector of its own. */
export class ServiceSeries {
  private readonly detectors = new Map<string, { detector: AnomalyDetector; seen: number }>();

  constructor(private nextMs: number) {}

  static restore(state: SeriesState): ServiceSeries {
    const series = new ServiceSeries(state.nextMinuteMs);
    for (const [key, { state: known, seen }] of Object.entries(state.detectors)) {
      series.detectors.set(key, { detector: AnomalyDetector.restore(known), seen });
    }
    return series;
  }

  get nextMinuteMs(): number {
    return this.nextMs;
  }

  /** The minutes of [nextMinuteMs, untilMs), those without a call left out. Answers what was out of the ordinary. */
  observe(minutes: readonly ServiceMinute[], untilMs: number): AnomalySeen[] {
    const seen: AnomalySeen[] = [];
    const byPlace = new Map(
      minutes.map((minute) => [`${minute.serviceName} ${minute.minuteStartMs}`, minute]),
    );
    for (let atMs = this.nextMs; atMs < untilMs; atMs += MINUTE_MS) {
      for (const serviceName of SERVICE_NAMES) {
        const minute = byPlace.get(`${serviceName} ${atMs}`);
        for (const series of ANOMALY_SERIES) {
          const anomaly = this.look(serviceName, series, atMs, minute);
          if (anomaly !== null) seen.push(anomaly);
        }
      }
    }
    this.nextMs = Math.max(this.nextMs, untilMs);
    return seen;
  }

  state(): SeriesState {
    const detectors: SeriesState['detectors'] = {};
    for (const [key, { detector, seen }] of this.detectors)
      detectors[key] = { state: detector.snapshot(), seen };
    return { version: 1, nextMinuteMs: this.nextMs, detectors };
  }

  private look(
    serviceName: ServiceName,
    series: SeriesName,
    atMs: number,
    minute: ServiceMinute | undefined,
  ): AnomalySeen | null {
    const value = valueOf(series, minute);
    if (value === null) return null;
    const key = `${serviceName} ${series}`;
    const known = this.detectors.get(key) ?? { detector: new AnomalyDetector(), seen: 0 };
    this.detectors.set(key, known);
    const { score, expected, isAnomaly, direction } = known.detector.observe(atMs, value);
    known.seen += 1;
    if (!isAnomaly || direction === null || known.seen <= LEAST_MINUTES) return null;
    const at = new Date(atMs).toISOString();
    const anomalyId = `anomaly:${serviceName}:${series}:${atMs / MINUTE_MS}`;
    return { anomalyId, serviceName, series, at, direction, value, expected, score, unit: UNITS[series] };
  }
}

/** Null where nothing was measured; a minute without a call says nothing of what calls cost or take. */
export function valueOf(series: SeriesName, minute: ServiceMinute | undefined): number | null {
  if (minute === undefined) return null;
  switch (series) {
    case 'cost':
      return minute.costMicroUsd / 1_000_000;
    case 'latency':
      return minute.latencyMsMean;
    case 'error_rate':
      return minute.settled < LEAST_SETTLED ? null : minute.failed / minute.settled;
  }
}
