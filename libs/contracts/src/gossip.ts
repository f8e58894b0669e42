import type { OutcomeKind, ServiceName } from './vocabulary.js';

/**
 * `nodes.stats.<service>`: what one replica learned since its last message, every 100 ms while there is
 * traffic. Counts add up; the in-flight figure is a gauge that replaces the replica's last one.
 */
export interface NodeStatsDelta {
  replicaId: string;
  /** Rises by one per message of a replica; a gap only means lost deltas. */
  seq: number;
  sentAtMs: number;
  serviceName: ServiceName;
  nodes: NodeDelta[];
  /** Tickets of other replicas whose outcome this one took, so that their in-flight count is right. */
  settled: string[];
}

export interface NodeDelta {
  nodeId: string;
  outcomes: Partial<Record<OutcomeKind, number>>;
  /** Failures at the end of the interval with no success after them; with `hadSuccess` they continue a run or start one. */
  trailingFailures: number;
  hadSuccess: boolean;
  /** Highest and mean latency of the interval, ms; null without samples. */
  latencyMsMax: number | null;
  latencyMsMean: number | null;
  /** DDSketch of the interval's latencies as base64 protobuf; null without samples. */
  latencySketch: string | null;
  /** Epoch ms until which the node asked to be left alone. */
  rateLimitedUntilMs: number | null;
  /** This replica's calls in flight. */
  inFlight: number;
}
