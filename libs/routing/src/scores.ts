import type { NodeReading } from './facts/node-facts.js';
import { normalCdf } from '@signalbox/statistics';

/**
 * Health, 0..1: the lower 95 % credible bound of success, times target ÷ latency for a node slower than the
 * target. A node half as fast as wanted is worth half its success, and one little known less than one well
 * known. `healthScore` is 100 times this, 0..100.
 */
export function health(reading: NodeReading, targetLatencyMs: number): number {
  return reading.successLower * punctuality(reading, targetLatencyMs);
}

/** 1 for a node within the target, target ÷ expected latency beyond it. */
export function punctuality(reading: NodeReading, targetLatencyMs: number): number {
  return reading.latencyMs <= targetLatencyMs ? 1 : targetLatencyMs / reading.latencyMs;
}

/** A candidate's figure by the strategy's own measure, greater is better, as a normal belief. */
interface Belief {
  readonly mean: number;
  readonly sd: number;
}

/**
 * Confidence, 0..100: the probability that the chosen node is truly the best by the strategy's own measure. By
 * normal approximation each rival j is no better with probability Φ((μ − μⱼ) / √(σ² + σⱼ²)); the product over
 * all rivals takes these as independent, which is exact for two nodes and slightly low for more, as the chosen
 * node's own luck is shared by all comparisons. Where both figures are known exactly a rival counts as beaten
 * when it is not better. Without rivals it is 100.
 */
export function confidenceScore(chosen: Belief, rivals: readonly Belief[]): number {
  let probability = 1;
  for (const rival of rivals) {
    if (rival === chosen) continue;
    const variance = chosen.sd * chosen.sd + rival.sd * rival.sd;
    if (variance > 0) probability *= normalCdf((chosen.mean - rival.mean) / Math.sqrt(variance));
    else if (chosen.mean < rival.mean) probability = 0;
  }
  return 100 * probability;
}
