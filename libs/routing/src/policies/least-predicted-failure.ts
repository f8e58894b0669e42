import type { PolicyFactory } from './policy.js';

/**
 * Picks the node whose drawn probability of failure over the next 60 s is least (Thompson sampling): a node the
 * model is unsure about is tried as often as it might be the best. The model has not read the error events, so
 * their pressure is applied to its answer.
 */
export const leastPredictedFailure: PolicyFactory = ({ serviceName, rng, predictor }) => ({
  assess(candidates) {
    for (const candidate of candidates) {
      const prediction = predictor.failureProbability(
        candidate.features(),
        serviceName,
        candidate.node.nodeId,
      );
      const kept = candidate.reading.unpressed;
      candidate.score = (1 - prediction.sample(rng)) * kept;
      candidate.mean = (1 - prediction.mean) * kept;
      candidate.sd = prediction.sd * kept;
    }
  },
});
