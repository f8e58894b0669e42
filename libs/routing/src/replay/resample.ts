import { seededRandom } from '@signalbox/statistics';

/** A figure with what it lies between in 80 and in 95 of 100 resamples. */
export interface Estimate {
  readonly point: number;
  readonly interval80: { readonly lower: number; readonly upper: number };
  readonly interval95: { readonly lower: number; readonly upper: number };
}

/** Sums over one stretch of time; what is estimated is a function of such sums. */
export type Block = readonly number[];

const RESAMPLES = 400;

/**
 * The block bootstrap (Künsch 1989): whole stretches of time are drawn with replacement, since what happens within
 * one belongs together. `worlds` are the same stretches in several worlds; each resample is of one of them, so that
 * the intervals also hold what the worlds differ in. The answer has a list of resampled values for each figure, and
 * its value over all that was seen.
 */
export function resampled(
  worlds: readonly (readonly Block[])[],
  figures: readonly ((sums: Block) => number)[],
  seed: number,
): { point: number; values: number[] }[] {
  const rng = seededRandom(seed);
  const width = worlds[0]?.[0]?.length ?? 0;
  const results = figures.map(() => ({ point: 0, values: [] as number[] }));
  const whole = sumOf(worlds.flat(), width);
  figures.forEach((figure, index) => {
    results[index]!.point = figure(whole.map((sum) => sum / worlds.length));
  });
  for (let draw = 0; draw < RESAMPLES; draw++) {
    const blocks = worlds[Math.floor(rng() * worlds.length)] ?? [];
    const drawn = blocks.map(() => blocks[Math.floor(rng() * blocks.length)]!);
    const sums = sumOf(drawn, width);
    figures.forEach((figure, index) => results[index]!.values.push(figure(sums)));
  }
  return results;
}

/** Percentile intervals; the point is what was seen, widened into where resampling missed it. */
export function estimateOf({ point, values }: { point: number; values: readonly number[] }): Estimate {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? point;
  const interval = (lower: number, upper: number) => ({
    lower: Math.min(point, at(lower)),
    upper: Math.max(point, at(upper)),
  });
  return { point, interval80: interval(0.1, 0.9), interval95: interval(0.025, 0.975) };
}

function sumOf(blocks: readonly Block[], width: number): number[] {
  const sums = new Array<number>(width).fill(0);
  for (const block of blocks) for (let at = 0; at < width; at++) sums[at]! += block[at]!;
  return sums;
}
