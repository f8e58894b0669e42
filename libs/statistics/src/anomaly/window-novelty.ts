import type { ValueHistory } from './value-history.js';

/** How far the newest window of a series is from the windows before it, in the series' unit. */
export interface Novelty {
  /** Distance of the windows as they are: a level, a spike, a pattern at an unusual height. */
  readonly level: number;
  /** Distance of the windows less their means: a pattern never seen, at whatever height. */
  readonly shape: number;
}

/**
 * Novelty of the newest window: its mean distance to the two nearest earlier windows that do not overlap it
 * (k-nearest-neighbour conformal detection: Burnaev and Ishimtsev 2016, KNN-CAD; here against a rolling history
 * and without their covariance). Two neighbours, so that one earlier fault does not make the next one ordinary.
 * Two windows x and y with e = x − y differ by Σe² in level, and less their means by Σe² − (Σe)²/m: one pass
 * gives both.
 *
 * @param size values in a window
 * @param step distance of a window's values in the series
 * @returns null while there are fewer than 30 earlier windows
 */
export function windowNovelty(history: ValueHistory, size: number, step: number): Novelty | null {
  const series = history.oldestFirst();
  const span = size * step;
  const newest = series.length - 1;
  const oldestEnd = (size - 1) * step;
  const lastEnd = newest - span;
  if (lastEnd - oldestEnd + 1 < LEAST_WINDOWS) return null;
  let levelFirst = Infinity;
  let levelSecond = Infinity;
  let shapeFirst = Infinity;
  let shapeSecond = Infinity;
  for (let end = oldestEnd; end <= lastEnd; end++) {
    let squares = 0;
    let sum = 0;
    for (let back = 0; back < span; back += step) {
      const difference = (series[newest - back] ?? 0) - (series[end - back] ?? 0);
      squares += difference * difference;
      sum += difference;
    }
    if (squares < levelSecond) {
      levelSecond = Math.max(squares, levelFirst);
      levelFirst = Math.min(squares, levelFirst);
    }
    let shape = squares - (sum * sum) / size;
    // What cancellation leaves of windows that differ by a constant is no shape.
    if (shape < CANCELLATION * squares) shape = 0;
    if (shape < shapeSecond) {
      shapeSecond = Math.max(shape, shapeFirst);
      shapeFirst = Math.min(shape, shapeFirst);
    }
  }
  return {
    level: (Math.sqrt(levelFirst / size) + Math.sqrt(levelSecond / size)) / 2,
    shape: (Math.sqrt(shapeFirst / size) + Math.sqrt(shapeSecond / size)) / 2,
  };
}

const LEAST_WINDOWS = 30;
const CANCELLATION = 1e-10;
