import { AnomalyDetector, seededRandom } from '@signalbox/statistics';
import type { NabSeries } from './nab-data.js';
import { finalScore, PROFILES, ScoredSeries, type ProfileName } from './nab-score.js';

/** A series with the worth of every row of it. */
export interface JudgedSeries {
  readonly name: string;
  readonly group: string;
  readonly scored: ScoredSeries;
}

/** A part of the benchmark at one threshold. */
export interface PartFigures extends Record<ProfileName, number | null> {
  readonly series: number;
  readonly windows: number;
  readonly found: number;
  readonly falseDetections: number;
}

/** Lets a fresh detector go through each series once. */
export function judge(corpus: readonly NabSeries[]): JudgedSeries[] {
  return corpus.map(({ name, group, timesMs, values, windows }) => {
    const detector = new AnomalyDetector();
    const scores = values.map((value, row) => detector.observe(timesMs[row] ?? NaN, value).score);
    return { name, group, scored: new ScoredSeries(windows, scores) };
  });
}

export function partFigures(part: readonly JudgedSeries[], threshold: number): PartFigures {
  const points = (profile: ProfileName) =>
    part.map(({ scored }) => scored.points(threshold, PROFILES[profile]));
  const standard = points('standard');
  const sum = (of: 'windows' | 'found' | 'falseDetections'): number =>
    standard.reduce((total, series) => total + series[of], 0);
  return {
    standard: finalScore(standard),
    lowFp: finalScore(points('lowFp')),
    lowFn: finalScore(points('lowFn')),
    series: part.length,
    windows: sum('windows'),
    found: sum('found'),
    falseDetections: sum('falseDetections'),
  };
}

/** Standard scores where each half is judged with the threshold that was best on the other half. */
export interface TwoFoldFigures {
  /** Every second series, by name. */
  readonly alternating: { readonly standard: number; readonly thresholds: readonly [number, number] };
  /** Seeded random halves. */
  readonly random: {
    readonly splits: number;
    readonly mean: number;
    readonly worst: number;
    readonly best: number;
  };
}

export function twoFold(judged: readonly JudgedSeries[], splits: number): TwoFoldFigures {
  const raw = judged.map(({ scored }) =>
    THRESHOLDS.map((threshold) => scored.points(threshold, PROFILES.standard)),
  );
  const crossed = (inFirst: (index: number) => boolean) => {
    const halves = [true, false].map((first) => raw.filter((_, index) => inFirst(index) === first));
    const chosen = halves.map((half) => bestOf(half.map((series) => series.map((points) => points.raw))));
    const points = halves.flatMap((half, index) =>
      half.map((series) => series[chosen[1 - index] ?? 0]).filter((point) => point !== undefined),
    );
    return { standard: finalScore(points) ?? 0, thresholds: chosen.map((at) => THRESHOLDS[at] ?? 0) };
  };
  const alternating = crossed((index) => index % 2 === 0);
  const random = Array.from({ length: splits }, (_, seed) => {
    const rng = seededRandom(seed + 1);
    const side = judged.map(() => rng() < 0.5);
    return crossed((index) => side[index] === true).standard;
  });
  return {
    alternating: {
      standard: alternating.standard,
      thresholds: [alternating.thresholds[0] ?? 0, alternating.thresholds[1] ?? 0],
    },
    random: {
      splits,
      mean: random.reduce((sum, score) => sum + score, 0) / splits,
      worst: Math.min(...random),
      best: Math.max(...random),
    },
  };
}

function bestOf(half: readonly (readonly number[])[]): number {
  const sums = THRESHOLDS.map((_, at) => half.reduce((sum, series) => sum + (series[at] ?? 0), 0));
  return sums.indexOf(Math.max(...sums));
}

/** One in ten to one in ten thousand, in steps of a fiftieth of a decade. */
const THRESHOLDS = Array.from({ length: 151 }, (_, step) => 1 - 10 ** -(1 + step / 50));
