import Type, { type Static } from 'typebox';
import { Count, Identifier, Ms, PageQuery, ServiceNameSchema, Text, Timestamp } from './schema-parts.js';
import { contract } from './validate.js';
import type { ServiceName } from './vocabulary.js';

/** What asks for a person's attention: raised by a fact or a threshold, escalated while nobody looks, resolved when it is over. */

export const ALERT_KINDS = [
  'budget',
  'rate_limit',
  'circuit',
  'degradation',
  'anomaly',
  'override',
  'batch',
  'webhook',
  'security',
  'threshold',
  'coordination_event',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** Each escalation raises it by one step, up to the last. */
export const ALERT_SEVERITIES = ['warning', 'critical', 'emergency'] as const;
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];

export const ALERT_STATES = ['open', 'acknowledged', 'resolved'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/**
 * One row of GET /stream-b-coordination/alerts and the payload of the message `alert_changed`, which adds `revision`: it
 * rises with each change of the alert, so that one that was overtaken by a critical one is known to be older.
 */
export interface AlertView {
  alertId: string;
  kind: AlertKind;
  severity: AlertSeverity;
  state: AlertState;
  /** Null where it is about no one service. */
  serviceName: ServiceName | null;
  nodeId: string | null;
  /** What happened, for people, with its figures. */
  message: string;
  /** What to do next. */
  advice: string;
  raisedAt: string;
  /** How often it was raised a step because nobody acknowledged it. */
  escalations: number;
  /** When that happens next; null once it is acknowledged, resolved, or at the last step. */
  escalatesAt: string | null;
  acknowledgedBy: string | null;
  acknowledgedAt: string | null;
  resolvedAt: string | null;
}

/** GET /stream-b-coordination/alerts, newest first. */
export const AlertsQuerySchema = Type.Object(
  {
    serviceName: Type.Optional(ServiceNameSchema),
    kind: Type.Optional(Type.Enum([...ALERT_KINDS])),
    severity: Type.Optional(Type.Enum([...ALERT_SEVERITIES])),
    state: Type.Optional(Type.Enum([...ALERT_STATES])),
    from: Type.Optional(Timestamp),
    to: Type.Optional(Timestamp),
    ...PageQuery,
  },
  { additionalProperties: false },
);
export type AlertsQuery = Static<typeof AlertsQuerySchema>;
export const alertsQuery = contract(AlertsQuerySchema);

export const AlertId = Identifier;

/** POST /stream-b-coordination/alerts/:id/acknowledge: answers the alert; doing it twice changes nothing. */
export const AcknowledgeAlertSchema = Type.Object(
  { comment: Type.Optional(Text(500)) },
  { additionalProperties: false },
);
export type AcknowledgeAlert = Static<typeof AcknowledgeAlertSchema>;
export const acknowledgeAlert = contract(AcknowledgeAlertSchema);

/** Versioned per service under GET and PUT /admin/alert-thresholds/:serviceName. Ratios 0..1; null switches one off. */
const thresholds = {
  errorRate: Type.Union([Type.Number({ exclusiveMinimum: 0, maximum: 1 }), Type.Null()]),
  p95Ms: Type.Union([Ms, Type.Null()]),
  p99Ms: Type.Union([Ms, Type.Null()]),
  /** Of the day's budget. */
  budgetUtilization: Type.Union([Type.Number({ exclusiveMinimum: 0, maximum: 10 }), Type.Null()]),
  /** Critical errors in 15 s. */
  criticalErrors: Type.Union([Type.Integer({ minimum: 1, maximum: 1_000_000 }), Type.Null()]),
  /** Passed (or not any more) so many times in a row, 15 s apart, before it is raised (or resolved). */
  forCollections: Type.Integer({ minimum: 1, maximum: 240 }),
  /** An alert that nobody acknowledges is raised a step after this; null: never. */
  escalateAfterMinutes: Type.Union([Type.Integer({ minimum: 1, maximum: 1_440 }), Type.Null()]),
};
export const AlertingSchema = Type.Object(thresholds, { additionalProperties: false });
export type Alerting = Static<typeof AlertingSchema>;
export const alertingContract = contract(AlertingSchema);

export const PutAlertingSchema = Type.Object(
  { ...thresholds, expectedVersion: Type.Optional(Count), comment: Type.Optional(Text(500)) },
  { additionalProperties: false },
);
export type PutAlerting = Static<typeof PutAlertingSchema>;
export const putAlerting = contract(PutAlertingSchema);
