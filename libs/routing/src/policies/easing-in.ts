import type { Rng } from '@signalbox/statistics';
import type { Candidate, Policy } from './policy.js';

/**
 * Wraps a policy so that a node back from absence, or under error events, gets its share and no more: for each
 * decision it is held back with the probability that its share leaves over. The inner policy then chooses
 * among the others as if it were not there, which works alike for policies that spread calls and for those
 * that send all to the best. Held-back nodes rank last; when all are held back, none is.
 */
export function easingIn(inner: Policy, rng: Rng): Policy {
  const offered: Candidate[] = [];
  const heldBack: Candidate[] = [];
  return {
    assess(candidates, call) {
      offered.length = 0;
      heldBack.length = 0;
      for (const candidate of candidates) {
        const share = candidate.reading.share;
        candidate.isHeldBack = share < 1 && rng() >= share;
        (candidate.isHeldBack ? heldBack : offered).push(candidate);
      }
      if (offered.length === 0) {
        for (const candidate of heldBack) candidate.isHeldBack = false;
        offered.push(...heldBack.splice(0));
      }
      inner.assess(offered, call);
      if (heldBack.length > 0) inner.assess(heldBack, call);
    },
    took(_, chosen) {
      inner.took?.(offered, chosen);
    },
  };
}
