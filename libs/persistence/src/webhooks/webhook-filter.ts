import type { ServiceName, WebhookEventsQuery, WebhookState } from '@signalbox/contracts';

/** Which events are meant. `services`: those that the caller may touch; null for all. */
export interface WebhookFilter extends Pick<
  WebhookEventsQuery,
  'serviceName' | 'type' | 'state' | 'from' | 'to'
> {
  services: readonly ServiceName[] | null;
}

/** An event with what is left to do and the last attempt; `e`, `w` and `a` in conditions. */
export const FROM_EVENTS = `
FROM webhook_events e
LEFT JOIN webhook_work w ON w.event_id = e.event_id
LEFT JOIN LATERAL (
  SELECT run, attempt, outcome, reason, started_at, duration_ms FROM webhook_attempts last
  WHERE last.received_at = e.received_at AND last.event_id = e.event_id
  ORDER BY run DESC, attempt DESC LIMIT 1
) a ON true`;

export const STATE = `
CASE
  WHEN w.dead_at IS NOT NULL THEN 'dead'
  WHEN w.claimed_until > clock_timestamp() THEN 'processing'
  WHEN w.attempts > 0 THEN 'retrying'
  WHEN w.event_id IS NOT NULL THEN 'received'
  ELSE coalesce(a.outcome, 'received')
END`;

/** Found by the few rows that wait, and not by the many that are done. */
const WAITING: ReadonlySet<WebhookState> = new Set(['received', 'processing', 'retrying', 'dead']);

/** Conditions that all hold, their parameters numbered on from those that are there. */
export function conditionsOf(filter: WebhookFilter, parameters: unknown[]): string[] {
  const conditions: string[] = [];
  const add = (value: unknown, condition: (parameter: string) => string) => {
    if (value === undefined || value === null) return;
    parameters.push(value);
    conditions.push(condition(`$${parameters.length}`));
  };
  add(filter.serviceName, (value) => `e.service_name = ${value}`);
  add(filter.services, (value) => `e.service_name = ANY(${value}::text[])`);
  add(filter.type, (value) => `e.type = ${value}`);
  add(filter.from, (value) => `e.received_at >= ${value}`);
  add(filter.to, (value) => `e.received_at < ${value}`);
  if (filter.state !== undefined) {
    if (WAITING.has(filter.state)) conditions.push('w.event_id IS NOT NULL');
    add(filter.state, (value) => `${STATE} = ${value}`);
  }
  return conditions;
}
