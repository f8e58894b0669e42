import type { Static, TSchema } from 'typebox';
import * as batching from './batching.js';
import * as cost from './cost.js';
import { DecisionMadeSchema } from './notifications.js';
import * as notify from './notifications.js';
import { ErrorReportedSchema } from './error-event.js';
import { AgentEventSchema } from './realtime.js';
import { OutcomeReportedSchema } from './outcome.js';
import { contract, type Contract } from './validate.js';
import type { DecisionMade } from './decision.js';
import type { ServiceName } from './vocabulary.js';
import * as webhooks from './webhooks.js';

/** `signalbox.v1.<context>.<fact>.<service>`. */
export const SUBJECT_PREFIX = 'signalbox.v1.';

/** Request/reply for decisions: body and answer as POST /execute-coordination. The one subject without the prefix. */
export const DECISIONS_REQUEST = 'decisions.request';
export const DECISIONS_QUEUE_GROUP = 'routing-coordinator';

/** Core (not durable) deltas between replicas. */
export function nodeStatsSubject(service: ServiceName): string {
  return `${SUBJECT_PREFIX}nodes.stats.${service}`;
}
export const NODE_STATS_WILDCARD = `${SUBJECT_PREFIX}nodes.stats.*`;

/**
 * The durable events: fact → schema. Publishers and consumers are typed by this one map, so that a subject
 * and its payload cannot disagree.
 */
const SCHEMAS = {
  'errors.reported': ErrorReportedSchema,
  'outcomes.reported': OutcomeReportedSchema,
  'decisions.made': DecisionMadeSchema,
  'circuits.changed': notify.CircuitChangedSchema,
  'health.degraded': notify.HealthChangedSchema,
  'health.recovered': notify.HealthChangedSchema,
  'overrides.activated': notify.OverrideActivatedSchema,
  'overrides.ended': notify.OverrideEndedSchema,
  'coordination.synced': notify.CoordinationSyncedSchema,
  'recoveries.changed': notify.RecoveryChangedSchema,
  'budgets.alerted': cost.BudgetAlertedSchema,
  'budgets.state': cost.BudgetStateSchema,
  'limits.alerted': cost.LimitAlertedSchema,
  'anomalies.detected': cost.AnomalyDetectedSchema,
  'batches.completed': batching.BatchCompletedSchema,
  'batches.failed': batching.BatchFailedSchema,
  'webhooks.received': webhooks.WebhookReceivedSchema,
  'webhooks.processed': webhooks.WebhookProcessedSchema,
  'security.alerted': webhooks.SecurityAlertedSchema,
  /** `agents.event.<role>`: of a role of participants where others are of a service. */
  'agents.event': AgentEventSchema,
  'config.changed': notify.ConfigChangedSchema,
  'audit.recorded': notify.AuditRecordedSchema,
} satisfies Record<string, TSchema>;

export type Fact = keyof typeof SCHEMAS;

/** Fact → payload. A decision is checked for the fields its consumers read, and typed in full. */
export type EventMap = {
  [F in Fact]: F extends 'decisions.made' ? DecisionMade : Static<(typeof SCHEMAS)[F]>;
};

export const FACTS = Object.keys(SCHEMAS) as Fact[];

export const eventContracts = Object.fromEntries(
  FACTS.map((fact) => [fact, contract(SCHEMAS[fact] as TSchema)]),
) as unknown as { [F in Fact]: Contract<Static<(typeof SCHEMAS)[F]>> };

/** Facts of no service's subject, even where one says which service it concerns. */
const UNSCOPED = ['config.changed', 'audit.recorded'] as const satisfies readonly Fact[];
type Unscoped = (typeof UNSCOPED)[number];

/** The subject of one fact, of one service where the fact has one. */
export function subjectOf(fact: Unscoped): string;
export function subjectOf(fact: Exclude<Fact, Unscoped>, service: ServiceName): string;
export function subjectOf(fact: Fact, scope?: string): string;
export function subjectOf(fact: Fact, scope?: string): string {
  return scope === undefined ? `${SUBJECT_PREFIX}${fact}` : `${SUBJECT_PREFIX}${fact}.${scope}`;
}

/** The last token of a fact's subject, as its payload says it: a service, a role of participants, or none. */
export function scopeOf(fact: Fact, payload: object): string | undefined {
  if (isUnscoped(fact)) return undefined;
  const field = fact === 'agents.event' ? 'role' : 'serviceName';
  return (payload as Record<string, string | undefined>)[field];
}

/** The subject filter that matches a fact of every service. */
export function wildcardOf(fact: Fact): string {
  return isUnscoped(fact) ? `${SUBJECT_PREFIX}${fact}` : `${SUBJECT_PREFIX}${fact}.*`;
}

function isUnscoped(fact: Fact): boolean {
  const unscoped: readonly Fact[] = UNSCOPED;
  return unscoped.includes(fact);
}

/** The fact of a subject, undefined when it is none of ours. */
export function factOf(subject: string): Fact | undefined {
  if (!subject.startsWith(SUBJECT_PREFIX)) return undefined;
  const parts = subject.slice(SUBJECT_PREFIX.length).split('.');
  const fact = `${parts[0]}.${parts[1]}`;
  return fact in SCHEMAS ? (fact as Fact) : undefined;
}

/** A payload that could not be taken: kept with the reason, so that an operator can mend and send it again. */
export interface DeadLetter {
  subject: string;
  reason: string;
  /** The payload as it came, as UTF-8 text where it is, else base64. */
  payload: string;
  encoding: 'utf8' | 'base64';
  deliveries: number;
  consumer: string;
  occurredAt: string;
}
export const DEAD_LETTER_PREFIX = `${SUBJECT_PREFIX}dead.`;

/** NATS header that carries a request's correlation id. */
export const CORRELATION_HEADER = 'X-Correlation-Id';
