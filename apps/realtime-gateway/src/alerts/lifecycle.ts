import { ALERT_SEVERITIES, type AlertKind, type AlertSeverity, type ServiceName } from '@signalbox/contracts';
import type { AlertRecord } from '@signalbox/persistence';

/** What is over comes back as itself within this: a circuit that flaps is one alert. */
export const REOPENS_WITHIN_MS = 10 * 60_000;

/** How far the clocks of machines may be apart that tell of one thing in turn. */
const CLOCKS_APART_MS = 5_000;

const MINUTE_MS = 60_000;

/** What raising an alert so far amounts to, for its message. */
export interface Seen {
  times: number;
  amount: number;
  since: string;
}

/** Something that asks for a person's attention, once more or for the first time. */
export interface Raise {
  does: 'raise';
  /** Of the fact that says so: the same one raises once. */
  factId: string;
  at: string;
  /** Facts of its key come in the order they happened in: clocks that are a little apart do not turn it round. */
  inOrder?: boolean;
  key: string;
  kind: AlertKind;
  severity: AlertSeverity;
  serviceName: ServiceName | null;
  nodeId: string | null;
  /** What it counts for (dead letters, refusals); 1 where there is nothing to count. */
  amount: number;
  endsAt: string | null;
  endsByAcknowledgement: boolean;
  message: (seen: Seen) => string;
  advice: string;
}

/** What a key is about is over. */
export interface End {
  does: 'end';
  factId: string;
  at: string;
  /** As of {@link Raise}. */
  inOrder?: boolean;
  key: string;
  /** Completes "Over: …". */
  because: string;
}

export type Signal = Raise | End;

export interface Raising {
  nowMs: number;
  /** Of the alert if it is a new one. */
  newId: () => string;
  escalateAfterMinutes: number | null;
}

/**
 * The alert after it was raised, given the one that stands or stood last. One that stands takes the newest facts and
 * the highest severity; acknowledged, it is open again only when it got worse.
 */
export function raised(known: AlertRecord | null, raise: Raise, context: Raising): AlertRecord {
  if (known === null || !isSame(known, raise)) return begun(raise, context);
  const { nowMs, escalateAfterMinutes } = context;
  const times = known.times + 1;
  const amount = known.amount + raise.amount;
  const severity = worst(known.severity, raise.severity);
  const isNewest = latestBy(raise) >= known.factsAt;
  const isWorse = severity !== known.severity;
  const isAcknowledged = known.acknowledgedBy !== null && !isWorse;
  const wasOpen = known.state === 'open';
  const { message, advice, nodeId } = isNewest
    ? { ...raise, message: raise.message({ times, amount, since: known.raisedAt }) }
    : known;
  return escalatingAfter(escalateAfterMinutes, {
    ...known,
    ...{ times, amount, severity, message, advice, nodeId },
    state: isAcknowledged ? 'acknowledged' : 'open',
    acknowledgedBy: isAcknowledged ? known.acknowledgedBy : null,
    acknowledgedAt: isAcknowledged ? known.acknowledgedAt : null,
    escalatesFrom: wasOpen ? known.escalatesFrom : iso(nowMs),
    resolvedAt: null,
    endsAt: isNewest ? raise.endsAt : known.endsAt,
    factsAt: isNewest ? raise.at : known.factsAt,
  });
}

/** The alert after what it is about was over; the same one when newer facts say otherwise, or it is over already. */
export function ended(known: AlertRecord, end: Pick<End, 'at' | 'because' | 'inOrder'>): AlertRecord {
  if (known.state === 'resolved' || known.factsAt > latestBy(end)) return known;
  return {
    ...known,
    state: 'resolved',
    message: `${known.message} Over: ${end.because}.`,
    escalatesAt: null,
    resolvedAt: end.at,
    factsAt: end.at,
  };
}

/** When it happened by the clock of whoever told the other facts of its key, at the latest. */
export function latestBy({ at, inOrder = false }: Pick<Signal, 'at' | 'inOrder'>): string {
  return inOrder ? iso(Date.parse(at) + CLOCKS_APART_MS) : at;
}

/** Somebody looks: it escalates no more, and is over where nothing else would end it. Twice changes nothing. */
export function acknowledged(known: AlertRecord, by: string, nowMs: number): AlertRecord {
  if (known.state !== 'open') return known;
  return {
    ...known,
    state: known.endsByAcknowledgement ? 'resolved' : 'acknowledged',
    acknowledgedBy: by,
    acknowledgedAt: iso(nowMs),
    resolvedAt: known.endsByAcknowledgement ? iso(nowMs) : null,
    escalatesAt: null,
  };
}

/** The alert after all steps that are due by now, also those that nobody was there to make. */
export function escalated(
  known: AlertRecord,
  nowMs: number,
  escalateAfterMinutes: number | null,
): AlertRecord {
  let next = escalatingAfter(escalateAfterMinutes, known);
  while (next.escalatesAt !== null && Date.parse(next.escalatesAt) <= nowMs) {
    next = escalatingAfter(escalateAfterMinutes, {
      ...next,
      severity: stepAbove(next.severity),
      escalations: next.escalations + 1,
      escalatesFrom: next.escalatesAt,
    });
  }
  return next;
}

/** The same alert under its service's rule of when it escalates. */
export function escalatingAfter(minutes: number | null, record: AlertRecord): AlertRecord {
  const isLast = record.severity === ALERT_SEVERITIES.at(-1);
  const escalatesAt =
    minutes === null || record.state !== 'open' || isLast
      ? null
      : iso(Date.parse(record.escalatesFrom) + minutes * MINUTE_MS);
  return { ...record, escalatesAt };
}

/** Told before all else: an emergency, and what has just become critical because nobody looked. */
export function isUrgent(record: AlertRecord, before: AlertRecord | null): boolean {
  if (record.severity === 'emergency') return true;
  return before !== null && record.escalations > before.escalations;
}

function begun(raise: Raise, { nowMs, newId, escalateAfterMinutes }: Raising): AlertRecord {
  const { key, kind, severity, serviceName, nodeId, advice, endsAt, endsByAcknowledgement, amount, at } =
    raise;
  return escalatingAfter(escalateAfterMinutes, {
    alertId: newId(),
    ...{ key, kind, severity, serviceName, nodeId, advice, endsAt, endsByAcknowledgement, amount },
    state: 'open',
    message: raise.message({ times: 1, amount, since: at }),
    raisedAt: at,
    times: 1,
    escalations: 0,
    // Nobody could have looked before it was there to be seen.
    escalatesFrom: iso(nowMs),
    ...{ escalatesAt: null, acknowledgedBy: null, acknowledgedAt: null, resolvedAt: null },
    factsAt: at,
  });
}

/** What somebody has seen and done with is another alert when it happens again. */
function isSame(known: AlertRecord, raise: Raise): boolean {
  if (known.resolvedAt === null) return true;
  if (known.endsByAcknowledgement) return false;
  return Date.parse(raise.at) - Date.parse(known.resolvedAt) <= REOPENS_WITHIN_MS;
}

function worst(one: AlertSeverity, other: AlertSeverity): AlertSeverity {
  return ALERT_SEVERITIES.indexOf(one) >= ALERT_SEVERITIES.indexOf(other) ? one : other;
}

function stepAbove(severity: AlertSeverity): AlertSeverity {
  return ALERT_SEVERITIES[ALERT_SEVERITIES.indexOf(severity) + 1] ?? severity;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
