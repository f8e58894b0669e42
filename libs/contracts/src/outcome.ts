import Type, { type Static } from 'typebox';
import {
  Identifier,
  Ms,
  NodeId,
  OutcomeKindSchema,
  ServiceNameSchema,
  Timestamp,
  Usd,
} from './schema-parts.js';
import { contract } from './validate.js';

/**
 * `<kind>_<unix seconds>_<suffix>`: the decision's second is in its name, so that history finds its
 * partition without an index over all of time.
 */
export const COORDINATION_ID_PATTERN = '^[a-z_]{1,48}_\\d{10}_[0-9a-z]{6,32}$';
export const CoordinationId = Type.String({ maxLength: 96, pattern: COORDINATION_ID_PATTERN });

/** Epoch ms of the second in which the call was decided, from its id; null for an id of another form. */
export function decidedSecondMs(coordinationId: string): number | null {
  const second = /_(\d{10})_[0-9a-z]+$/.exec(coordinationId)?.[1];
  return second === undefined ? null : Number(second) * 1_000;
}

/** POST /report-outcome: what became of a routed call. Reporting twice changes nothing. */
export const OutcomeReportSchema = Type.Object({
  serviceName: ServiceNameSchema,
  coordinationId: CoordinationId,
  nodeId: NodeId,
  outcome: OutcomeKindSchema,
  statusCode: Type.Optional(Type.Integer({ minimum: 100, maximum: 599 })),
  latencyMs: Ms,
  actualCost: Type.Optional(Usd),
  retryAfterSeconds: Type.Optional(Type.Number({ minimum: 0, maximum: 86_400 })),
  /** What POST /check-rate-limit reserved for this call: settled at the actual cost. */
  reservationId: Type.Optional(Identifier),
});
export type OutcomeReport = Static<typeof OutcomeReportSchema>;
export const outcomeReport = contract(OutcomeReportSchema);

/** `outcomes.reported.<service>`. */
export const OutcomeReportedSchema = Type.Object({
  ...OutcomeReportSchema.properties,
  eventId: Identifier,
  occurredAt: Timestamp,
});
export type OutcomeReported = Static<typeof OutcomeReportedSchema>;
export const outcomeReported = contract(OutcomeReportedSchema);
