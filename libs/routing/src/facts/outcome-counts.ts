import type { OutcomeKind } from '@signalbox/contracts';

/** The outcomes that say something about a node. A caller's own error (4xx but 408 and 429) says nothing. */
export const COUNTED_OUTCOMES = [
  'success',
  'timeout',
  'connection_error',
  'server_error',
  'rate_limited',
] as const satisfies readonly OutcomeKind[];
export type CountedOutcome = (typeof COUNTED_OUTCOMES)[number];

/** Index of each in arrays of counts. */
export const LANE: Record<CountedOutcome, number> = {
  success: 0,
  timeout: 1,
  connection_error: 2,
  server_error: 3,
  rate_limited: 4,
};

/** A node that throttles is busy, not broken: 429 raises the error rate but does not make a run of failures. */
export function continuesRun(outcome: CountedOutcome): boolean {
  return outcome !== 'success' && outcome !== 'rate_limited';
}

/**
 * Whether the latency of a call is evidence of the node's speed. A refused connection or a 500 can come back in
 * a millisecond; counted, it would make a dead node look like the fastest.
 */
export function timesTheNode(outcome: CountedOutcome): boolean {
  return outcome === 'success' || outcome === 'timeout';
}
