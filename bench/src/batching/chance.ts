import type { Rng } from '@signalbox/statistics';

/** Draws of the trace generator; all from one seeded source, so that a seed is a trace. */

/** Time to the next arrival of a Poisson process, ms. */
export function exponentialMs(ratePerSecond: number, rng: Rng): number {
  return (-Math.log(1 - rng()) / ratePerSecond) * 1_000;
}

export function integerBelow(bound: number, rng: Rng): number {
  return Math.floor(rng() * bound);
}

/** Popularity by Zipf's law with exponent 1: the first of n is asked for n times as often as the last. */
export function zipfBelow(bound: number, rng: Rng): number {
  let weight = 0;
  for (let rank = 1; rank <= bound; rank++) weight += 1 / rank;
  let left = rng() * weight;
  for (let rank = 1; rank <= bound; rank++) {
    left -= 1 / rank;
    if (left < 0) return rank - 1;
  }
  return bound - 1;
}

/** One of the choices, by weight. */
export function weighted<Choice extends string>(weights: Readonly<Record<Choice, number>>, rng: Rng): Choice {
  const entries = Object.entries(weights) as [Choice, number][];
  let left = rng() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [choice, weight] of entries) {
    left -= weight;
    if (left < 0) return choice;
  }
  return (entries.at(-1) as [Choice, number])[0];
}
