import type { AlertView } from '@signalbox/contracts';

/** An alert as it is kept: what is shown of it, and what its life is decided by. */
export interface AlertRecord extends AlertView {
  /** What it is about: of one thing at most one alert stands. */
  key: string;
  /** How often it was raised. */
  times: number;
  /** What the facts that raised it count together (dead letters, refusals). */
  amount: number;
  /** Since when it is open at this severity without anybody's acknowledgement. */
  escalatesFrom: string;
  /** Resolves by itself then; null where a fact or a person ends it. */
  endsAt: string | null;
  /** Nothing else ends it: once somebody has seen it, it is over. */
  endsByAcknowledgement: boolean;
  /** When the newest of its facts happened. */
  factsAt: string;
}

export function viewOf(record: AlertView): AlertView {
  const { alertId, kind, severity, state, serviceName, nodeId, message, advice } = record;
  const { raisedAt, escalations, escalatesAt, acknowledgedBy, acknowledgedAt, resolvedAt } = record;
  return {
    ...{ alertId, kind, severity, state, serviceName, nodeId, message, advice },
    ...{ raisedAt, escalations, escalatesAt, acknowledgedBy, acknowledgedAt, resolvedAt },
  };
}

/** Field and column of everything that is kept, in one order for reading and writing. */
const FIELDS = {
  alertId: 'alert_id',
  key: 'key',
  kind: 'kind',
  severity: 'severity',
  state: 'state',
  serviceName: 'service_name',
  nodeId: 'node_id',
  message: 'message',
  advice: 'advice',
  raisedAt: 'raised_at',
  times: 'times',
  amount: 'amount',
  escalations: 'escalations',
  escalatesFrom: 'escalates_from',
  escalatesAt: 'escalates_at',
  acknowledgedBy: 'acknowledged_by',
  acknowledgedAt: 'acknowledged_at',
  resolvedAt: 'resolved_at',
  endsAt: 'ends_at',
  endsByAcknowledgement: 'ends_by_acknowledgement',
  factsAt: 'facts_at',
} as const satisfies Record<keyof AlertRecord, string>;

const NAMES = Object.keys(FIELDS) as (keyof AlertRecord)[];
const COLUMNS = Object.values(FIELDS);

/** `alert_id AS "alertId", …` */
export const SELECTED = NAMES.map((name) => `${FIELDS[name]} AS "${name}"`).join(', ');

/** Writes one alert whole, one revision further; answers the revision. Parameters of {@link valuesOf}. */
export const WRITE = `WITH written AS (
    INSERT INTO alerts AS known (${COLUMNS.join(', ')}, revision)
    VALUES (${COLUMNS.map((_, index) => `$${index + 1}`).join(', ')}, 1)
    ON CONFLICT (alert_id) DO UPDATE SET
      ${COLUMNS.map((column) => `${column} = excluded.${column}`).join(', ')}, revision = known.revision + 1
    RETURNING revision
  ) SELECT revision FROM written`;

export function valuesOf(record: AlertRecord): unknown[] {
  return NAMES.map((name) => record[name]);
}

/** What providers and people wrote may hold what PostgreSQL refuses in a text. */
export function storable(record: AlertRecord): AlertRecord {
  const { message, advice } = record;
  return { ...record, message: message.replaceAll('\0', ''), advice: advice.replaceAll('\0', '') };
}
