import Type, { type Static } from 'typebox';
import { Count, Identifier, Ms, NodeId, OutcomeKindSchema, ServiceNameSchema } from './schema-parts.js';
import { contract } from './validate.js';

const EpochMs = Type.Number({ minimum: 0 });
const OrNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const NodeDeltaSchema = Type.Object({
  nodeId: NodeId,
  /** Outcomes of the interval by kind. */
  outcomes: Type.Partial(Type.Record(OutcomeKindSchema, Count)),
  /** Failures at the end of the interval with no success after them; with `hadSuccess` they continue a run or start one. */
  trailingFailures: Count,
  hadSuccess: Type.Boolean(),
  /** Active health checks that failed: one replica checks for all. */
  failedHealthChecks: Count,
  /** Highest and mean latency of the interval, ms; null without samples. */
  latencyMsMax: OrNull(Ms),
  latencyMsMean: OrNull(Ms),
  /** DDSketch of the interval's latencies as base64 protobuf; null without samples. */
  latencySketch: OrNull(Type.String({ maxLength: 65_536 })),
  /** Epoch ms until which the node asked to be left alone. */
  rateLimitedUntilMs: OrNull(EpochMs),
  /** This replica's calls in flight. */
  inFlight: Count,
});
export type NodeDelta = Static<typeof NodeDeltaSchema>;

/**
 * `nodes.stats.<service>`: what one replica learned since its last message, every 100 ms while there is
 * traffic. Counts add up; the in-flight figure is a gauge that replaces the replica's last one.
 */
export const NodeStatsDeltaSchema = Type.Object({
  replicaId: Identifier,
  /** Rises by one per message of a replica; a gap only means lost deltas. */
  seq: Count,
  sentAtMs: EpochMs,
  serviceName: ServiceNameSchema,
  nodes: Type.Array(NodeDeltaSchema, { maxItems: 64 }),
  /** Tickets of other replicas whose outcome this one took, so that their in-flight count is right. */
  settled: Type.Array(Type.String({ maxLength: 96 }), { maxItems: 100_000 }),
  /**
   * Of `settled`, those at nodes whose circuit is not closed, with what became of them: one may be the probe of
   * the replica that decided it.
   */
  probeOutcomes: Type.Array(
    Type.Object({ coordinationId: Type.String({ maxLength: 96 }), outcome: OutcomeKindSchema }),
    { maxItems: 1_000 },
  ),
});
export type NodeStatsDelta = Static<typeof NodeStatsDeltaSchema>;
export const nodeStatsDelta = contract(NodeStatsDeltaSchema);
