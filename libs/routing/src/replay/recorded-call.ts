import type { CallPriority, MicroUsd, OutcomeKind } from '@signalbox/contracts';

/** A call that was decided and reported, as far as a replay needs it. */
export interface RecordedCall {
  readonly coordinationId: string;
  readonly decidedAtMs: number;
  readonly nodeId: string;
  readonly priority: CallPriority | null;
  readonly outcome: OutcomeKind;
  readonly statusCode: number | null;
  readonly latencyMs: number;
  readonly retryAfterSeconds: number | null;
  /** What it cost: as the caller said, else the node's price where providers bill for such an end. */
  readonly costMicroUsd: MicroUsd;
  /** How many times the node's price it is billed when it succeeds; 1 unless its recorded cost says otherwise. */
  readonly units: number;
}

/**
 * What the fate of a replayed call rests on. `recorded`: the node really carried it. `near`: what the node answered
 * others within a minute. `far`: within the recorded range. `prior`: nothing; the catalog's word.
 */
export const EVIDENCES = ['recorded', 'near', 'far', 'prior'] as const;
export type Evidence = (typeof EVIDENCES)[number];

/** What becomes of a call on a node. */
export interface Fate {
  readonly outcome: OutcomeKind;
  readonly statusCode: number | null;
  readonly latencyMs: number;
  readonly retryAfterSeconds: number | null;
  readonly evidence: Evidence;
}
