/**
 * The scoring of the Numenta Anomaly Benchmark (Lavin and Ahmad 2015): a detection in an anomaly's window earns the
 * more the earlier it comes, one outside costs, and what a window earns is earned once.
 */

/** What a profile gives for a true positive, and takes for a missed window and for a false positive. */
export interface Profile {
  readonly truePositive: number;
  readonly falseNegative: number;
  readonly falsePositive: number;
}

export const PROFILES = {
  standard: { truePositive: 1, falseNegative: 1, falsePositive: 0.11 },
  lowFp: { truePositive: 1, falseNegative: 1, falsePositive: 0.22 },
  lowFn: { truePositive: 1, falseNegative: 2, falsePositive: 0.11 },
} as const satisfies Record<string, Profile>;
export type ProfileName = keyof typeof PROFILES;

/** An anomaly's rows, both ends within it. */
export interface RowWindow {
  readonly first: number;
  readonly last: number;
}

/** A row's worth, whatever the threshold: the credit of its window (0..1), or the cost outside (−1..0). */
interface RowWorth {
  readonly score: number;
  readonly window: number | null;
  readonly worth: number;
}

/** What a series adds up to at a threshold. */
export interface SeriesPoints {
  readonly raw: number;
  readonly nothing: number;
  readonly perfect: number;
  readonly found: number;
  readonly windows: number;
  readonly falseDetections: number;
}

/** The rows of one series by what a detection there is worth; those in probation are worth nothing and left out. */
export class ScoredSeries {
  readonly #rows: readonly RowWorth[];
  readonly #windows: readonly RowWindow[];

  /** @param windows in the order of the series; @param scores one a row */
  constructor(windows: readonly RowWindow[], scores: ArrayLike<number>) {
    this.#windows = windows;
    this.#rows = Array.from({ length: scores.length }, (_, row) => row)
      .slice(probation(scores.length))
      .map((row) => ({ score: scores[row] ?? 0, ...worthOf(row, windows) }));
  }

  points(threshold: number, profile: Profile): SeriesPoints {
    const credits = this.#windows.map(() => 0);
    let falseCost = 0;
    let falseDetections = 0;
    for (const { score, window, worth } of this.#rows) {
      if (score < threshold) continue;
      if (window === null) {
        falseCost += worth;
        falseDetections++;
      } else {
        credits[window] = Math.max(credits[window] ?? 0, worth);
      }
    }
    // A detection in a window is worth something on its very last row too: S(−1/width) > 0.
    const found = credits.filter((credit) => credit > 0).length;
    const windows = this.#windows.length;
    const earned = credits.reduce((sum, credit) => sum + credit, 0);
    return {
      raw:
        earned * profile.truePositive -
        (windows - found) * profile.falseNegative +
        falseCost * profile.falsePositive,
      nothing: -windows * profile.falseNegative,
      perfect: windows * profile.truePositive,
      found,
      windows,
      falseDetections,
    };
  }
}

/** 0 as good as detecting nothing, 100 perfect; null where there is no window to find. */
export function finalScore(points: readonly SeriesPoints[]): number | null {
  const sum = (of: (series: SeriesPoints) => number): number =>
    points.reduce((total, series) => total + of(series), 0);
  const span = sum((series) => series.perfect - series.nothing);
  return span > 0 ? (100 * sum((series) => series.raw - series.nothing)) / span : null;
}

/** Rows at the start that are there to learn from. */
export function probation(rows: number): number {
  return Math.min(Math.floor(0.15 * rows), 750);
}

function worthOf(row: number, windows: readonly RowWindow[]): { window: number | null; worth: number } {
  const inside = windows.findIndex(({ first, last }) => row >= first && row <= last);
  const window = windows[inside];
  if (window) {
    const position = -(window.last - row + 1) / (window.last - window.first + 1);
    return { window: inside, worth: sigmoid(position) / sigmoid(-1) };
  }
  const before = windows.findLast(({ last }) => last < row);
  const position = before ? (row - before.last) / (before.last - before.first) : Infinity;
  return { window: null, worth: position > 3 ? -1 : sigmoid(position) };
}

function sigmoid(position: number): number {
  return 2 / (1 + Math.exp(5 * position)) - 1;
}
