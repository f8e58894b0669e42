import type { Thresholds } from '@signalbox/contracts';
import type { Rng } from '@signalbox/statistics';

/**
 * The circuit of one node: a union whose states own their data, JSON-serialisable because the fleet shares it
 * through a KV bucket. Transitions are pure functions from a state to a new one; null means "nothing changes".
 *
 * `generation` rises by one with every transition. Replicas may move at the same time; `supersedes` orders any
 * two states totally, so that all of them settle on one whatever order they hear in.
 */
export type CircuitState = ClosedCircuit | OpenCircuit | HalfOpenCircuit;

export interface ClosedCircuit {
  readonly state: 'closed';
  readonly generation: number;
  readonly changedAtMs: number;
  /** Openings without a window of peace since; where the doubling goes on if it trips again soon. */
  readonly openings: number;
}

export interface OpenCircuit {
  readonly state: 'open';
  readonly generation: number;
  readonly changedAtMs: number;
  /** When probing may begin; null when opened by hand: until it is reset by hand. */
  readonly untilMs: number | null;
  readonly openings: number;
}

export interface HalfOpenCircuit {
  readonly state: 'half_open';
  readonly generation: number;
  readonly changedAtMs: number;
  readonly openings: number;
  /** Probes that succeeded so far. */
  readonly successes: number;
  /** The leave to send the fleet's one probe: this replica's own; never learned from others. */
  readonly probe: ProbeGrant | null;
}

export interface ProbeGrant {
  readonly leaseId: string;
  readonly grantedAtMs: number;
  readonly expiresAtMs: number;
  /** The call that carries the probe; null while it waits for one. */
  readonly coordinationId: string | null;
}

export const NEVER_TRIPPED: ClosedCircuit = { state: 'closed', generation: 0, changedAtMs: 0, openings: 0 };

type Backoff = Pick<Thresholds, 'retryBackoffMs' | 'maxBackoffMs'>;

/**
 * Trips a closed circuit. A trip within one window of having closed continues the doubling where it left off:
 * else a flapping node would be let back after the first backoff for ever.
 */
export function trip(
  circuit: ClosedCircuit,
  thresholds: Backoff & Pick<Thresholds, 'windowMs'>,
  nowMs: number,
  rng: Rng,
): OpenCircuit {
  const flapping = nowMs - circuit.changedAtMs < thresholds.windowMs;
  const openings = (flapping ? circuit.openings : 0) + 1;
  return opened(circuit, openings, nowMs + openMs(openings, thresholds, rng), nowMs);
}

/** Opens by hand, from any state, until a reset. */
export function forceOpen(circuit: CircuitState, nowMs: number): OpenCircuit {
  return opened(circuit, circuit.openings, null, nowMs);
}

/** Closes by hand, from any state, and forgets past openings; null when it is closed already. */
export function reset(circuit: CircuitState, nowMs: number): ClosedCircuit | null {
  if (circuit.state === 'closed') return null;
  return { state: 'closed', generation: circuit.generation + 1, changedAtMs: nowMs, openings: 0 };
}

/** Lets probing begin once the open time is over; null before. */
export function halfOpen(circuit: OpenCircuit, nowMs: number): HalfOpenCircuit | null {
  if (circuit.untilMs === null || nowMs < circuit.untilMs) return null;
  return {
    state: 'half_open',
    generation: circuit.generation + 1,
    changedAtMs: nowMs,
    openings: circuit.openings,
    successes: 0,
    probe: null,
  };
}

/** A probe came back well: closed after enough of them, else half-open and ready for the next. */
export function probeSucceeded(
  circuit: HalfOpenCircuit,
  thresholds: Pick<Thresholds, 'probeSuccesses'>,
  nowMs: number,
): ClosedCircuit | HalfOpenCircuit {
  const successes = circuit.successes + 1;
  const generation = circuit.generation + 1;
  if (successes >= thresholds.probeSuccesses) {
    return { state: 'closed', generation, changedAtMs: nowMs, openings: circuit.openings };
  }
  return { ...circuit, generation, changedAtMs: nowMs, successes, probe: null };
}

/** One bad probe is enough: open again, for twice as long. `notBeforeMs` is the node's own Retry-After. */
export function probeFailed(
  circuit: HalfOpenCircuit,
  thresholds: Backoff,
  nowMs: number,
  rng: Rng,
  notBeforeMs = 0,
): OpenCircuit {
  const openings = circuit.openings + 1;
  const untilMs = Math.max(notBeforeMs, nowMs + openMs(openings, thresholds, rng));
  return opened(circuit, openings, untilMs, nowMs);
}

/** True when `theirs` is to replace `ours`. */
export function supersedes(theirs: CircuitState, ours: CircuitState): boolean {
  if (theirs.generation !== ours.generation) return theirs.generation > ours.generation;
  // Two replicas moved at once: the more careful state wins, then the longer wait, then the later change.
  const careful = CAREFUL[theirs.state] - CAREFUL[ours.state];
  if (careful !== 0) return careful > 0;
  const longer = openUntil(theirs) - openUntil(ours);
  if (!Number.isNaN(longer) && longer !== 0) return longer > 0;
  return theirs.changedAtMs > ours.changedAtMs;
}

const CAREFUL = { closed: 0, half_open: 1, open: 2 } as const;

function openUntil(circuit: CircuitState): number {
  if (circuit.state !== 'open') return 0;
  return circuit.untilMs ?? Infinity;
}

function opened(from: CircuitState, openings: number, untilMs: number | null, nowMs: number): OpenCircuit {
  return { state: 'open', generation: from.generation + 1, changedAtMs: nowMs, untilMs, openings };
}

/** Doubling with jitter: 80..100 % of backoff · 2^(openings − 1), at most the ceiling, so that it jitters there too. */
function openMs(openings: number, thresholds: Backoff, rng: Rng): number {
  const doubled = thresholds.retryBackoffMs * 2 ** Math.min(openings - 1, 30);
  return Math.round(Math.min(thresholds.maxBackoffMs, doubled) * (0.8 + 0.2 * rng()));
}
