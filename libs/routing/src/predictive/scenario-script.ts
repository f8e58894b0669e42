import type { OutcomeKind } from '@signalbox/contracts';
import { sampleNormal, seededRandom, type Rng } from '@signalbox/statistics';

/**
 * Scripted degradations of one provider among equals, for comparing strategies on the same traffic. What
 * becomes of a call depends on the seed, the call, and the node's condition at that time, so that strategies
 * meet the same world and the same luck.
 */
export const SCENARIO_NAMES = [
  'latency_ramp',
  'rate_limit_rise',
  'error_creep',
  'diurnal_load',
  'flapping',
  'sudden_outage',
  'calm',
] as const;
export type ScenarioName = (typeof SCENARIO_NAMES)[number];

/** How a node is at one moment. */
export interface Condition {
  failureRatio: number;
  rateLimitedRatio: number;
  /** Of the node's ordinary latency. */
  latencyFactor: number;
  /** A failed call hangs for as long as its caller waits, instead of failing at once. */
  hangs: boolean;
}

/** One degradation from calm to calm; times in ms from its start. */
export interface Episode {
  scenario: ScenarioName;
  seed: number;
  /**
   * The node that degrades. Null: the one that carries most of the traffic when it begins, whichever the
   * strategy has made that. A node that carries nothing could fail unseen, and which of equals a strategy
   * happens to favour must not decide who wins.
   */
  failingNode: number | null;
  precursorAtMs: number;
  outageAtMs: number;
  outageEndsAtMs: number;
  endsAtMs: number;
  /** Of the failing node; the others stay well. */
  condition(atMs: number): Condition;
}

export const NODE_COUNT = 3;
export const DIURNAL_PEAK_HOUR = 14;
/** A day's load falls on the same node every day: that is what makes it diurnal. */
const DIURNAL_NODE = 0;
const SECOND = 1_000;
const CALLER_TIMEOUT_MS = 3_000;

export const WELL: Condition = { failureRatio: 0.001, rateLimitedRatio: 0, latencyFactor: 1, hangs: false };
const DEAD: Condition = { failureRatio: 1, rateLimitedRatio: 0, latencyFactor: 1, hangs: true };

interface Course {
  /** Share of the precursor that is over, 0..1. */
  precursor(progress: number, severity: number): Condition;
  outage(sinceMs: number): Condition;
}

const dead = (): Condition => DEAD;

/** `severity` 0..1 is drawn per episode: no two of a kind look alike. */
const COURSES: Record<ScenarioName, Course> = {
  // Up to between 1.8 and 4 times as slow, growing ever faster: as queues do.
  latency_ramp: {
    precursor: (progress, severity) => ({ ...WELL, latencyFactor: (1.8 + 2.2 * severity) ** progress }),
    outage: dead,
  },
  // Up to between 4 % and 15 % of the calls refused with 429.
  rate_limit_rise: {
    precursor: (progress, severity) => ({ ...WELL, rateLimitedRatio: (0.04 + 0.11 * severity) * progress }),
    outage: dead,
  },
  // Up to between 3 % and 15 % of the calls failing at once, then most.
  error_creep: {
    precursor: (progress, severity) => ({
      ...WELL,
      failureRatio: WELL.failureRatio + (0.03 + 0.12 * severity) * progress,
    }),
    outage: () => ({ ...WELL, failureRatio: 0.7 }),
  },
  // Nothing is to be seen of it but the hour.
  diurnal_load: {
    precursor: () => WELL,
    outage: () => ({ ...WELL, failureRatio: 0.25, latencyFactor: 1.5 }),
  },
  flapping: {
    precursor: () => WELL,
    outage: (sinceMs) => (sinceMs % 40_000 < 15_000 ? { ...WELL, failureRatio: 0.6 } : WELL),
  },
  sudden_outage: { precursor: () => WELL, outage: dead },
  calm: { precursor: () => WELL, outage: () => WELL },
};

/** The episode that a seed makes of a scenario. */
export function episodeOf(scenario: ScenarioName, seed: number): Episode {
  const rng = seededRandom(seed);
  const severity = rng();
  const precursorAtMs = (60 + 30 * rng()) * SECOND;
  const outageAtMs = precursorAtMs + (60 + 60 * rng()) * SECOND;
  const outageEndsAtMs = outageAtMs + (scenario === 'flapping' ? 180 : 60) * SECOND;
  const course = COURSES[scenario];
  return {
    scenario,
    seed,
    failingNode: scenario === 'diurnal_load' ? DIURNAL_NODE : null,
    precursorAtMs,
    outageAtMs,
    outageEndsAtMs,
    endsAtMs: outageEndsAtMs + 60 * SECOND,
    condition(atMs) {
      if (atMs < precursorAtMs || atMs >= outageEndsAtMs) return WELL;
      if (atMs >= outageAtMs) return course.outage(atMs - outageAtMs);
      return course.precursor((atMs - precursorAtMs) / (outageAtMs - precursorAtMs), severity);
    },
  };
}

export interface Fate {
  outcome: OutcomeKind;
  latencyMs: number;
  retryAfterSeconds?: number;
}

/** What becomes of the `call`-th call of the episode when it is sent to a node in that condition. */
export function fateOf(seed: number, call: number, baseLatencyMs: number, condition: Condition): Fate {
  const rng = seededRandom(mix(seed, call));
  const latencyMs = noisy(baseLatencyMs * condition.latencyFactor, rng);
  const drawn = rng();
  if (drawn < condition.failureRatio) {
    return condition.hangs
      ? { outcome: 'timeout', latencyMs: CALLER_TIMEOUT_MS }
      : { outcome: 'server_error', latencyMs: latencyMs / 2 };
  }
  if (drawn < condition.failureRatio + condition.rateLimitedRatio) {
    return { outcome: 'rate_limited', latencyMs: latencyMs / 4, retryAfterSeconds: 1 };
  }
  return { outcome: 'success', latencyMs };
}

/** Log-normal, a fifth up or down as a rule: what latencies of a healthy API look like. */
function noisy(latencyMs: number, rng: Rng): number {
  return latencyMs * Math.exp(0.2 * sampleNormal(rng));
}

function mix(seed: number, call: number): number {
  return Math.imul(seed, 0x9e3779b1) ^ Math.imul(call + 1, 0x85ebca77);
}
