import type { Rng } from '@signalbox/statistics';
import type { Candidate, Policy } from './policy.js';

/**
 * Wraps a policy so that a node back from absence, or under error events, gets its share and no more: for each
 * decision it is held back with the probability that its share leaves over. The inner policy then chooses
 * among the others as if it were not there, which works alike for policies that spread calls and for those
 * that send all to the best. Held-back nodes rank last; when all are held back, none is.
 */
export function easingIn(inner: Policy, rng: Rng): Policy {
  let offered: readonly Candidate[] = [];
  return {
    assess(candidates, call) {
      offered = candidates;
      if (holdBack(candidates, rng) === 0) {
        inner.assess(candidates, call);
        return;
      }
      offered = candidates.filter(({ isHeldBack }) => !isHeldBack);
      inner.assess(offered, call);
      inner.assess(
        candidates.filter(({ isHeldBack }) => isHeldBack),
        call,
      );
    },
    took(_, chosen) {
      inner.took?.(offered, chosen);
    },
  };
}

/** Marks who is held back this time; answers how many, 0 also when it would have been everybody. */
function holdBack(candidates: readonly Candidate[], rng: Rng): number {
  let heldBack = 0;
  for (const candidate of candidates) {
    const { share } = candidate.reading;
    candidate.isHeldBack = share < 1 && rng() >= share;
    if (candidate.isHeldBack) heldBack++;
  }
  if (heldBack < candidates.length) return heldBack;
  for (const candidate of candidates) candidate.isHeldBack = false;
  return 0;
}
