import { health } from '../scores.js';
import type { Candidate, PolicyFactory } from './policy.js';

/** Round robin: the next in configuration order after the one that took the last call. */
export const inTurn: PolicyFactory = ({ nodeCount }) => {
  let last = nodeCount - 1;
  return {
    assess(candidates) {
      for (const candidate of candidates) {
        const turnsAway = (candidate.index - last - 1 + nodeCount) % nodeCount;
        exactly(candidate, -turnsAway);
      }
    },
    took(_, chosen) {
      last = chosen.index;
    },
  };
};

/**
 * Smooth weighted round robin (nginx, "upstream: smooth weighted round-robin balancing", 2012): every node gains
 * its weight each turn, the richest is chosen and pays the sum. Spreads a node's turns evenly instead of in
 * bursts. Weights are scaled by success, so that a failing node's share shrinks before its circuit opens.
 */
export const inWeightedTurn: PolicyFactory = ({ nodeCount }) => {
  const credit = new Float64Array(nodeCount);
  /** Weights of this turn; all equal when no candidate has any. */
  const weight = new Float64Array(nodeCount);
  const sumOf = (candidates: readonly Candidate[]): number =>
    candidates.reduce((sum, { index }) => sum + (weight[index] ?? 0), 0);

  return {
    assess(candidates, { targetLatencyMs }) {
      for (const { index, node, reading } of candidates) {
        weight[index] = node.weight * health(reading, targetLatencyMs);
      }
      if (sumOf(candidates) === 0) for (const { index } of candidates) weight[index] = 1;
      for (const candidate of candidates) {
        exactly(candidate, (credit[candidate.index] ?? 0) + (weight[candidate.index] ?? 0));
      }
    },
    took(candidates, chosen) {
      for (const { index, score } of candidates) credit[index] = score;
      credit[chosen.index] = chosen.score - sumOf(candidates);
    },
  };
};

/** Whose turn it is, is known and not estimated. */
function exactly(candidate: Candidate, score: number): void {
  candidate.score = score;
  candidate.mean = score;
  candidate.sd = 0;
}
