import { Expectation, type ExpectationState } from './expectation.js';
import type { AnomalyReading } from './reading.js';
import { SeasonalExpectation, type SeasonalExpectationState } from './seasonal-expectation.js';
import { TailSurprise, type TailSurpriseState } from './tail-surprise.js';
import { ValueHistory } from './value-history.js';
import { windowNovelty } from './window-novelty.js';

/** What can be unusual about a value. */
const VIEWS = [
  'shortLevel',
  'shortShape',
  'longLevel',
  'longShape',
  'shift',
  'season',
  'seasonRatio',
] as const;
type View = (typeof VIEWS)[number];

/** All a detector knows, as plain JSON: to keep it over a restart. */
export interface AnomalyDetectorState {
  readonly version: 1;
  readonly observed: number;
  readonly magnitude: number;
  readonly values: readonly number[];
  readonly means: readonly number[];
  readonly surprises: readonly number[];
  readonly scales: Readonly<Record<View, TailSurpriseState>>;
  readonly season: SeasonalExpectationState;
  readonly expectation: ExpectationState;
}

/**
 * Finds what is unusual in one series (a cost, a latency, an error rate), value by value: it knows the values so
 * far and nothing of what follows, nor of the range they will have. Works for any unit and level; meant for
 * regular series, one value in 15 s to an hour.
 *
 * Seven views of each value, each a magnitude: how far the last 12 values, and the last 12 means
 * of 4, are from the nearest earlier windows, as they are (level) and less their means (shape); how far the mean of
 * the last 6 is from that of the 288 before; how far the value is from what this time of day or of week usually
 * brings, as a difference and as a ratio. Each view learns its own tail (`TailSurprise`), which makes them comparable without a scale or a
 * threshold of their own. The surprise is their root mean square: agreement counts, and so does one view that is
 * very sure. It is lowered by half a decade for each decade of history, since who looks longer sees rarer things by
 * chance; half, because neighbouring values are no independent looks. The score is 1 − 10^−surprise.
 *
 * A fault is told once: a value that surprises no more than one of the 100 before has half its score.
 *
 * After the ideas of contextual and conformal detectors (KNN-CAD, Burnaev and Ishimtsev 2016; CAD OSE, Smirnov
 * 2016), of HTM's anomaly likelihood (Ahmad et al. 2017: judge errors by their own distribution) and of
 * SPOT (Siffer et al. 2017: judge them by their tail).
 *
 * Memory is bounded: about 100 kB a series. About 0.1 ms a value.
 */
export class AnomalyDetector {
  readonly #threshold: number;
  readonly #values = new ValueHistory(HISTORY);
  readonly #means = new ValueHistory(HISTORY);
  readonly #surprises = new ValueHistory(REST);
  readonly #season = new SeasonalExpectation();
  readonly #expectation = new Expectation(3);
  readonly #scales: Record<View, TailSurprise> = {
    shortLevel: new TailSurprise(),
    shortShape: new TailSurprise(),
    longLevel: new TailSurprise(),
    longShape: new TailSurprise(),
    shift: new TailSurprise(),
    season: new TailSurprise(),
    seasonRatio: new TailSurprise(),
  };
  #observed = 0;
  /** Discounted mean of |value|. */
  #magnitude = 0;

  /** @param options.threshold the score from which a value is an anomaly; higher tells less, and more surely */
  constructor(options: { threshold?: number } = {}) {
    this.#threshold = options.threshold ?? ANOMALY_THRESHOLD;
  }

  /** Goes on from a snapshot as if there had been no break. */
  static restore(state: AnomalyDetectorState, options: { threshold?: number } = {}): AnomalyDetector {
    const detector = new AnomalyDetector(options);
    detector.#observed = state.observed;
    detector.#magnitude = state.magnitude;
    for (const value of state.values) detector.#values.add(value);
    for (const mean of state.means) detector.#means.add(mean);
    for (const surprise of state.surprises) detector.#surprises.add(surprise);
    for (const view of VIEWS) detector.#scales[view].restore(state.scales[view]);
    detector.#season.restore(state.season);
    detector.#expectation.restore(state.expectation);
    return detector;
  }

  /**
   * Judges the next value, then learns it. Values come in the order of their times. Null, or a number that is not
   * finite, is a value not measured: it is neither judged nor learned. Beyond ±1e100 a value counts as that.
   */
  observe(timestampMs: number, value: number | null): AnomalyReading {
    if (value === null || !Number.isFinite(value) || !Number.isFinite(timestampMs)) return NOT_MEASURED;
    const measured = Math.max(-LARGEST, Math.min(LARGEST, value));
    const { byDay, byWeek } = this.#season.expectedAt(timestampMs);
    const recent = this.#values.length > 0 ? this.#values.meanOf(Math.min(this.#values.length, SHIFT)) : null;
    const candidates = [recent, byDay, byWeek];
    const expected = this.#expectation.best(candidates);

    this.#observed++;
    this.#magnitude += Math.max(MAGNITUDE_GAIN, 1 / this.#observed) * (Math.abs(measured) - this.#magnitude);
    this.#values.add(measured);
    if (this.#values.length >= STEP) this.#means.add(this.#values.meanOf(STEP));
    this.#season.observe(timestampMs, measured);
    this.#expectation.observe(candidates, measured);

    const surprise = this.#surpriseOf({
      ...this.#novelties(),
      ...this.#shift(),
      ...this.#fromSeason(
        measured,
        [byDay, byWeek].filter((candidate) => candidate !== null),
      ),
    });
    const told = surprise <= this.#surprises.largest();
    this.#surprises.add(surprise);
    const score = (1 - 10 ** -surprise) * (told ? 0.5 : 1);
    const deviation = expected === null ? null : measured - expected;
    return {
      score,
      expected,
      deviation,
      isAnomaly: score >= this.#threshold,
      direction: deviation === null || deviation === 0 ? null : deviation > 0 ? 'above' : 'below',
    };
  }

  #novelties(): Partial<Record<View, number>> {
    const short = windowNovelty(this.#values, WINDOW, 1);
    const long = windowNovelty(this.#means, WINDOW, STEP);
    return {
      ...(short && { shortLevel: short.level, shortShape: short.shape }),
      ...(long && { longLevel: long.level, longShape: long.shape }),
    };
  }

  #shift(): Partial<Record<View, number>> {
    const before = Math.min(this.#values.length - SHIFT, SHIFT_BEFORE);
    if (before < 2 * SHIFT) return {};
    return { shift: Math.abs(this.#values.meanOf(SHIFT) - this.#values.meanOf(before, SHIFT)) };
  }

  /**
   * Of day and week, whichever explains the value: a weekend is no anomaly, nor is a holiday that looks like any
   * day. As a difference, and as a ratio (on a scale linear near 0, where ratios mean nothing): by night, when
   * little is usual, nothing at all is a small difference.
   */
  #fromSeason(value: number, seasonal: readonly number[]): Partial<Record<View, number>> {
    if (seasonal.length === 0) return {};
    const least = (distance: (expected: number) => number): number => Math.min(...seasonal.map(distance));
    const unit = LINEAR * this.#magnitude;
    return {
      season: least((expected) => Math.abs(value - expected)),
      ...(unit > 0 && {
        seasonRatio: least((expected) => Math.abs(Math.asinh(value / unit) - Math.asinh(expected / unit))),
      }),
    };
  }

  #surpriseOf(magnitudes: Partial<Record<View, number>>): number {
    let squares = 0;
    for (const view of VIEWS) {
      const magnitude = magnitudes[view];
      // A view that has nothing to say yet is not surprised.
      if (magnitude !== undefined) squares += this.#scales[view].observe(magnitude) ** 2;
    }
    const looks = 0.5 * Math.log10(this.#observed / REFERENCE_LENGTH);
    return Math.max(0, Math.sqrt(squares / VIEWS.length) - looks);
  }

  snapshot(): AnomalyDetectorState {
    return {
      version: 1,
      observed: this.#observed,
      magnitude: this.#magnitude,
      values: this.#values.toArray(),
      means: this.#means.toArray(),
      surprises: this.#surprises.toArray(),
      scales: {
        shortLevel: this.#scales.shortLevel.snapshot(),
        shortShape: this.#scales.shortShape.snapshot(),
        longLevel: this.#scales.longLevel.snapshot(),
        longShape: this.#scales.longShape.snapshot(),
        shift: this.#scales.shift.snapshot(),
        season: this.#scales.season.snapshot(),
        seasonRatio: this.#scales.seasonRatio.snapshot(),
      },
      season: this.#season.snapshot(),
      expectation: this.#expectation.snapshot(),
    };
  }
}

/**
 * The score that counts as an anomaly. One for every series; docs/reference/anomaly.md has what it finds and how
 * often it is wrong, and how little that depends on its last digit.
 */
export const ANOMALY_THRESHOLD = 0.985;

const NOT_MEASURED: AnomalyReading = {
  score: 0,
  expected: null,
  deviation: null,
  isAnomaly: false,
  direction: null,
};
/** A week of values every 5 minutes. */
const HISTORY = 2_048;
/** At 5 minutes an hour; and, in means of `STEP`, four. */
const WINDOW = 12;
const STEP = 4;
/** At 5 minutes half an hour against the day before. */
const SHIFT = 6;
const SHIFT_BEFORE = 288;
/** Values for which a surprise silences those that do not exceed it. */
const REST = 100;
/** The history at which surprise is taken as it is. */
const REFERENCE_LENGTH = 2_000;
/** About the last five hundred values. */
const MAGNITUDE_GAIN = 0.002;
/** The share of the mean magnitude below which differences count, not ratios. */
const LINEAR = 0.1;
/** Its square, and a thousand of those, still fit a double. */
const LARGEST = 1e100;
