import type { ErrorReported, WebhookProcessed } from '@signalbox/contracts';
import type { ClaimedEvent, FactToTell } from '@signalbox/persistence';
import type { Attempt } from './attempt-event.js';

/** The contract's bound for a time: a replay of last week's event took longer. */
const MAX_LATENCY_MS = 86_400_000;

export interface ToldFacts {
  processed: WebhookProcessed;
  /** What the event says of its provider's health; null when nothing, or when an earlier run has said it. */
  error: ErrorReported | null;
}

/**
 * The facts that follow from a finished event; null while it is not finished. Their ids come from the event's, so that
 * they are the same however often they are told.
 */
export function factsOf(event: ClaimedEvent, attempt: Attempt, nowMs: number): ToldFacts | null {
  const { outcome, interpreted, reason } = attempt;
  if (outcome === 'retrying' || outcome === 'released') return null;
  const { eventId, receivedAt, serviceName, externalId, type, entity, sequence, critical } = event;
  const processed: WebhookProcessed = {
    eventId: `processed:${eventId}:${event.run}`,
    occurredAt: new Date(nowMs).toISOString(),
    serviceName,
    webhookEventId: eventId,
    externalId,
    type,
    entity,
    sequence,
    critical,
    receivedAt,
    state: outcome,
    attempts: event.attempts + 1,
    latencyMs: Math.min(MAX_LATENCY_MS, Math.max(0, nowMs - Date.parse(receivedAt))),
    meaning:
      interpreted === null
        ? null
        : { kind: interpreted.meaning.kind, fields: { ...interpreted.meaning.fields } },
    reason,
  };
  const signal = event.signalled ? null : (interpreted?.signal ?? null);
  const error = signal === null ? null : { ...signal, eventId: `webhook:${eventId}`, occurredAt: receivedAt };
  return { processed, error };
}

/** As they go into the outbox. */
export function outboxRowsOf({ processed, error }: ToldFacts): FactToTell[] {
  const rows: FactToTell[] = [
    {
      factId: processed.eventId,
      fact: 'webhooks.processed',
      serviceName: processed.serviceName,
      body: JSON.stringify(processed),
    },
  ];
  if (error !== null) {
    const { eventId: factId, serviceName } = error;
    rows.push({ factId, fact: 'errors.reported', serviceName, body: JSON.stringify(error) });
  }
  return rows;
}
