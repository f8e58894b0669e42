import { distanceKm } from '../regions.js';
import { health, punctuality } from '../scores.js';
import type { Measure } from './by-measure.js';

/** Success so unlikely that its price is out of all proportion; keeps quotients finite. */
const LEAST_SUCCESS = 1e-6;

/** Stands for a weight of 0: such a node takes calls only when nobody else can. */
const NO_WEIGHT = 1e-6;

/** Milliseconds per kilometre of rank: the longest configurable latency (600 s) stays below one kilometre. */
const MS_PER_KM = 1e6;

/** A call that is one whole target late has lost half of its value. */
const VALUE_LOST_PER_TARGET = 0.5;

/** Calls in flight per share of weight. A peer's gauge is up to 100 ms old: its count is taken as Poisson. */
export const inFlightPerWeight: Measure = {
  value: ({ inFlight, node }) => (node.weight > 0 ? inFlight / node.weight : (inFlight + 1) / NO_WEIGHT),
  sd: ({ inFlightElsewhere, node }) => Math.sqrt(inFlightElsewhere) / (node.weight || NO_WEIGHT),
};

/** Time the next call would wait for, were all calls in flight to take as long as the peak estimate. */
export const peakLatencyTimesInFlight: Measure = {
  value: ({ reading, inFlight }) => reading.peakLatencyMs * (inFlight + 1),
  sd: ({ reading, inFlight }) => reading.latencySdMs * (inFlight + 1),
};

/** Great-circle distance from the caller; latency decides between equals. */
export const distance: Measure = {
  value: ({ node, reading }, { region }) => distanceKm(region, node.region) + reading.latencyMs / MS_PER_KM,
  sd: ({ reading }) => reading.latencySdMs / MS_PER_KM,
};

/** Expected cost of one success, micro-dollars: failed calls are paid too, so 1 ÷ P(success) are needed. */
export const costPerSuccess: Measure = {
  value: ({ node, reading }) => node.costMicroUsd / Math.max(LEAST_SUCCESS, reading.success),
  sd: ({ node, reading }) =>
    (node.costMicroUsd * reading.successSd) / Math.max(LEAST_SUCCESS, reading.success) ** 2,
};

/** `health` ranks by the lower bound; the belief behind it is about success itself. */
export const healthOfNode: Measure = {
  value: ({ reading }, { targetLatencyMs }) => health(reading, targetLatencyMs),
  mean: ({ reading }, { targetLatencyMs }) => reading.success * punctuality(reading, targetLatencyMs),
  sd: ({ reading }, { targetLatencyMs }) => reading.successSd * punctuality(reading, targetLatencyMs),
};

/** P(success) · value − cost − λ · latency beyond target, micro-dollars, with λ = value ÷ (2 · target). */
export const expectedUtility: Measure = {
  value: ({ reading, node }, { valueMicroUsd, targetLatencyMs }) => {
    const lateMs = Math.max(0, reading.latencyMs - targetLatencyMs);
    const lambda = (VALUE_LOST_PER_TARGET * valueMicroUsd) / Math.max(1, targetLatencyMs);
    return reading.success * valueMicroUsd - node.costMicroUsd - lambda * lateMs;
  },
  sd: ({ reading }, { valueMicroUsd, targetLatencyMs }) => {
    const isLate = reading.latencyMs > targetLatencyMs;
    const lambda = isLate ? (VALUE_LOST_PER_TARGET * valueMicroUsd) / Math.max(1, targetLatencyMs) : 0;
    return Math.hypot(reading.successSd * valueMicroUsd, lambda * reading.latencySdMs);
  },
};
