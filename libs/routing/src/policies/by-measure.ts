import type { Call, Candidate, PolicyFactory } from './policy.js';

/** One figure by which nodes compare, and how unsure it is. */
export interface Measure {
  value(candidate: Candidate, call: Call): number;
  /** Standard deviation of the figure; 0 where it is known exactly. */
  sd(candidate: Candidate, call: Call): number;
  /** The expected figure, where the ranking goes by a more careful one. */
  mean?(candidate: Candidate, call: Call): number;
}

/** Picks the node with the greatest figure. */
export function greatest(measure: Measure): PolicyFactory {
  return byMeasure(measure, 1);
}

/** Picks the node with the least load, whatever the load is: calls, milliseconds, dollars, kilometres. */
export function least(load: Measure): PolicyFactory {
  return byMeasure(load, -1);
}

function byMeasure(measure: Measure, sign: 1 | -1): PolicyFactory {
  return () => ({
    assess(candidates, call) {
      for (const candidate of candidates) {
        candidate.score = sign * measure.value(candidate, call);
        candidate.mean = measure.mean ? sign * measure.mean(candidate, call) : candidate.score;
        candidate.sd = measure.sd(candidate, call);
      }
    },
  });
}
