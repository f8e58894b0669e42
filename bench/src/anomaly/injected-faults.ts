import { AnomalyDetector, seededRandom } from '@signalbox/statistics';
import { FAULT_VALUES, FAULTS, INTERVAL_MS, KINDS, PER_DAY, productSeries } from './product-series.js';

/** How soon faults with known onset are told. */
export interface FaultFigures {
  readonly fault: string;
  readonly kind: string;
  readonly runs: number;
  /** Runs in which it was told while it lasted. */
  readonly found: number;
  /** From onset to the first alarm, over the runs that found it; null where none did. */
  readonly delayMinutesP50: number | null;
  readonly delayMinutesP90: number | null;
}

/** Alarms on days on which nothing happened. */
export interface FalseAlarmFigures {
  readonly kind: string;
  readonly days: number;
  readonly perDay: number;
}

/** Two weeks to learn in, as many as a daily and a weekly profile need; then four hours of fault on a day after. */
const LEARNING_DAYS = 14;
const DAYS = 16;
/** A whole number of weeks, a Monday. */
const START_MS = Date.UTC(2024, 0, 1);

export function injectedFaults(threshold: number, runs: number): FaultFigures[] {
  return FAULTS.map((fault, index) => {
    const delays: number[] = [];
    for (let run = 0; run < runs; run++) {
      const seed = 1_000 * (index + 1) + run;
      const onset = LEARNING_DAYS * PER_DAY + Math.floor(seededRandom(seed)() * PER_DAY);
      const alarms = alarmsOf(productSeries(fault.kind, DAYS, seed, { of: fault, at: onset }), threshold);
      const first = alarms.find((row) => row >= onset && row < onset + FAULT_VALUES);
      // The value that shows the fault is complete one interval after it began.
      if (first !== undefined) delays.push(((first - onset + 1) * INTERVAL_MS) / 60_000);
    }
    delays.sort((a, b) => a - b);
    return {
      fault: fault.name,
      kind: fault.kind,
      runs,
      found: delays.length,
      delayMinutesP50: quantile(delays, 0.5),
      delayMinutesP90: quantile(delays, 0.9),
    };
  });
}

/** From the third day on: a detector that has seen two days is in service. */
export function falseAlarms(threshold: number, runs: number): FalseAlarmFigures[] {
  return KINDS.map((kind, index) => {
    let alarms = 0;
    const days = runs * (DAYS - 2);
    for (let run = 0; run < runs; run++) {
      const series = productSeries(kind, DAYS, 100_000 * (index + 1) + run);
      alarms += alarmsOf(series, threshold).filter((row) => row >= 2 * PER_DAY).length;
    }
    return { kind, days, perDay: alarms / days };
  });
}

function alarmsOf(series: readonly number[], threshold: number): number[] {
  const detector = new AnomalyDetector({ threshold });
  const alarms: number[] = [];
  series.forEach((value, row) => {
    if (detector.observe(START_MS + row * INTERVAL_MS, value).isAnomaly) alarms.push(row);
  });
  return alarms;
}

function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
}
