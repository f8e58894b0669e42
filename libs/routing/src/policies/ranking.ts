import type { Rng } from '@signalbox/statistics';
import type { Candidate } from './policy.js';

/**
 * Sorts judged candidates in place, best first: held-back ones last, then by score, equals at random. A shuffle
 * before a stable insertion sort makes every order of equals equally likely, and sorts the few nodes of a
 * service without allocating.
 */
export function rank<C extends Candidate>(candidates: C[], rng: Rng): void {
  for (let i = candidates.length - 1; i > 0; i--) {
    const j = Math.floor(rng() * (i + 1));
    const drawn = candidates[j]!;
    candidates[j] = candidates[i]!;
    candidates[i] = drawn;
  }
  for (let i = 1; i < candidates.length; i++) {
    const candidate = candidates[i]!;
    let place = i;
    while (place > 0 && isBetter(candidate, candidates[place - 1]!)) {
      candidates[place] = candidates[place - 1]!;
      place--;
    }
    candidates[place] = candidate;
  }
}

function isBetter(candidate: Candidate, other: Candidate): boolean {
  if (candidate.isHeldBack !== other.isHeldBack) return other.isHeldBack;
  return candidate.score > other.score;
}
