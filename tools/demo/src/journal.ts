import type { OutcomeKind, ServiceName } from '@signalbox/contracts';

/** Everything happened twice: once routed by Signalbox, once always on the primary node. */
export type Lane = 'signalbox' | 'primaryOnly';

/** One attempt at a node. Times are ms since the traffic began. */
export interface AttemptSeen {
  lane: Lane;
  service: ServiceName;
  nodeId: string;
  /** 1 for the first of its call. */
  attempt: number;
  startedAtMs: number;
  endedAtMs: number;
  outcome: OutcomeKind;
}

/** `refused`: Signalbox turned the call away before any provider was asked. */
export type CallEnd = 'success' | 'failure' | 'refused';

/** One call, ended. */
export interface CallSeen {
  lane: Lane;
  service: ServiceName;
  endedAtMs: number;
  end: CallEnd;
}

export interface CircuitSeen {
  service: ServiceName;
  nodeId: string;
  atMs: number;
  to: 'closed' | 'open' | 'half_open';
}

/** What happened, in the order it became known. */
export class Journal {
  readonly attempts: AttemptSeen[] = [];
  readonly calls: CallSeen[] = [];
  readonly circuits: CircuitSeen[] = [];
  private readonly beganMs = performance.now();

  nowMs(): number {
    return performance.now() - this.beganMs;
  }
}
