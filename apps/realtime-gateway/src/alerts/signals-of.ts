import type { AgentEvent, AlertSeverity, EventMap, Fact, ServiceName } from '@signalbox/contracts';
import type { End, Raise, Seen, Signal } from './lifecycle.js';
import { clock, counted, inUnit, percent, usd } from './wording.js';

/** A tier that refuses now and then within this is one alert. */
const LIMIT_QUIET_MS = 5 * 60_000;
/** A degradation of which nothing more is told (a new configuration begins to watch anew) ends by itself. */
const DEGRADATION_QUIET_MS = 24 * 60 * 60_000;

type About = { eventId: string; occurredAt: string; serviceName: ServiceName };
type Raised = Pick<Raise, 'kind' | 'severity' | 'message' | 'advice'> & { key: string } & Partial<Raise>;

function raise(event: About, { key, ...more }: Raised): Raise {
  const standing = { nodeId: null, amount: 1, endsAt: null, endsByAcknowledgement: false };
  return {
    does: 'raise',
    ...factOf(event),
    // Types and sources are the provider's words: not all that they may hold can be stored.
    key: `${more.kind}:${key}`.replaceAll('\0', ''),
    serviceName: event.serviceName,
    ...standing,
    ...more,
  };
}

function end(event: About, key: string, because: string): End {
  return { does: 'end', ...factOf(event), key, because };
}

/** Generations of circuits, and ids made from them, begin anew when NATS has lost everything: the time tells them apart. */
function factOf({ eventId, occurredAt }: About): Pick<Signal, 'factId' | 'at'> {
  const at = iso(Date.parse(occurredAt));
  return { factId: `${eventId}@${at}`, at };
}

/** What a fact says of the alerts: what happened to which service and node, with its figures, and what to do next. */
export const signalsOf = {
  'circuits.changed': (event) => {
    const { serviceName, nodeId, reason, openUntil, from, to } = event;
    const key = `${serviceName}:${nodeId}`;
    if (to === 'closed')
      return [{ ...end(event, `circuit:${key}`, `the circuit is closed (${reason})`), inOrder: true }];
    if (to !== 'open') return [];
    const next =
      openUntil === null ? 'It stays open until somebody resets it' : `Probed from ${clock(openUntil)} on`;
    const reset = `POST /admin/nodes/${nodeId}/circuit {"action":"reset"}`;
    return [
      raise(event, {
        ...{ kind: 'circuit', key, severity: 'critical', nodeId, inOrder: true },
        // A probe that fails opens nothing that was closed.
        amount: from === 'half_open' ? 0 : 1,
        message: ({ amount, since }) =>
          `The circuit of ${nodeId} (${serviceName}) is open: ${reason}. ${next}.` +
          (amount > 1 ? ` Opened ${amount} times since ${clock(since)}.` : ` Open since ${clock(since)}.`),
        advice:
          `Calls go to other nodes where there are any: check that they carry it (GET /external-services/${serviceName}/health), ` +
          `and look at the provider's status page. ` +
          (openUntil === null
            ? `When it is well, ${reset}.`
            : `It closes when its probes succeed; to close it now, ${reset}.`),
      }),
    ];
  },
  'health.degraded': (event) => {
    const { serviceName, nodeId, severity, reason, measured, threshold, unit, dependents } = event;
    // An open circuit is a degradation without a figure, and has an alert of its own.
    if (nodeId !== null && measured === null) return [];
    const figures =
      measured === null || threshold === null
        ? ''
        : ` (${inUnit(measured, unit)}, the bound is ${inUnit(threshold, unit)})`;
    const affected = dependents.length === 0 ? '' : ` It carries ${dependents.join(', ')}.`;
    return [
      raise(event, {
        ...{ kind: 'degradation', key: `${serviceName}:${nodeId ?? 'service'}`, nodeId },
        severity: severity === 'critical' ? 'critical' : 'warning',
        endsAt: iso(Date.parse(event.occurredAt) + DEGRADATION_QUIET_MS),
        message: (seen) =>
          nodeId === null
            ? `${reason}.${affected}${again(seen, 'Told')}`
            : `${nodeId} (${serviceName}) is degraded: ${reason}${figures}.${affected}${again(seen, 'Told')}`,
        advice:
          nodeId === null
            ? `See what carries the traffic: GET /external-services/${serviceName}/health. If the budget is used up, raise it ` +
              `(PUT /admin/budgets/${serviceName}) or allow an emergency override.`
            : `Routing sends less there by itself. If it lasts, drain it: POST /admin/nodes/${nodeId}/drain; undrain it when the provider is well.`,
      }),
    ];
  },
  'health.recovered': (event) => [
    end(event, `degradation:${event.serviceName}:${event.nodeId ?? 'service'}`, event.reason),
  ],
  'recoveries.changed': (event) =>
    event.endedAt === null
      ? []
      : [end(event, `degradation:${event.serviceName}:service`, `the recovery by ${event.action} has ended`)],
  'budgets.alerted': (event) => {
    const { serviceName, period, periodKey, threshold, utilization, spentUsd, reservedUsd, capUsd } = event;
    const name = period === 'day' ? 'daily' : 'monthly';
    return [
      raise(event, {
        ...{ kind: 'budget', key: `${serviceName}:${period}:${periodKey}`, severity: threshold },
        endsAt: iso(Date.parse(event.renewsAt)),
        message: () =>
          `The ${name} budget of ${serviceName} for ${periodKey} is at ${percent(utilization)}: ${usd(spentUsd)} spent and ` +
          `${usd(reservedUsd)} reserved of ${usd(capUsd)}. It renews ${clock(event.renewsAt)}.`,
        advice:
          `At 100 % calls are refused. See where the money goes (GET /stream-b-coordination/cost/analysis), then raise the ` +
          `budget (PUT /admin/budgets/${serviceName}), or allow an emergency override for what cannot wait.`,
      }),
    ];
  },
  'limits.alerted': (event) => {
    const { serviceName, tier, limit, used, resetAt, shadow } = event;
    // It refuses nothing: no reason to wake anybody.
    if (shadow) return [];
    const quietMs = Date.parse(event.occurredAt) + LIMIT_QUIET_MS;
    return [
      raise(event, {
        ...{ kind: 'rate_limit', key: `${serviceName}:${tier}`, severity: 'warning' },
        endsAt: iso(Math.max(quietMs, Date.parse(resetAt))),
        message: (seen) =>
          `The ${tier} limit of ${serviceName} refuses calls: ${used} of ${limit} used, reset ${clock(resetAt)}.${again(seen, 'Begun')}`,
        advice:
          `Find who calls so often (GET /external-services/${serviceName}/rate-limit shows all tiers). If the provider allows ` +
          `more, PUT /admin/rate-limits/${serviceName}; if not, send what can wait by batch-request.`,
      }),
    ];
  },
  'anomalies.detected': (event) => {
    const { serviceName, series, direction, value, expected, score, unit } = event;
    const name = series.replace('_', ' ');
    const usual = expected === null ? '' : `, where ${inUnit(expected, unit)} was to be expected`;
    return [
      raise(event, {
        ...{ kind: 'anomaly', key: `${serviceName}:${series}:${direction}`, severity: 'warning' },
        endsByAcknowledgement: true,
        message: (seen) =>
          `The ${name} of ${serviceName} is out of the ordinary: ${inUnit(value, unit)} at ${clock(event.occurredAt)}, ` +
          `${direction} its own past${usual} (score ${inUnit(score, null)} of 1).${again(seen, 'Seen')}`,
        advice:
          `Compare with GET /external-services/analytics/performance?serviceName=${serviceName} and with what was released or ` +
          'configured then (GET /admin/audit). It is over once acknowledged.',
      }),
    ];
  },
  'overrides.activated': (event) => {
    const { serviceName, coordinationId, activatedBy, emergencyReason, maxBudgetOverride, expiresAt } = event;
    return [
      raise(event, {
        ...{ kind: 'override', key: coordinationId, severity: 'warning' },
        endsAt: iso(Date.parse(expiresAt)),
        message: () =>
          `${activatedBy} lets ${serviceName} spend ${usd(maxBudgetOverride)} past its budget until ${clock(expiresAt)}: ${emergencyReason}.`,
        advice:
          `Make sure that the emergency is being worked on. End it as soon as it is over: ` +
          `DELETE /enhanced-traffic-coordination/emergency-override/${coordinationId}.`,
      }),
    ];
  },
  'overrides.ended': (event) => {
    const because = `${event.endReason}, ${usd(event.spentUsd)} were spent`;
    return [{ ...end(event, `override:${event.coordinationId}`, because), inOrder: true }];
  },
  'batches.failed': (event) => {
    const { serviceName, operation, batchId, nodeId, reason, deadLettered } = event;
    if (deadLettered.length === 0) return [];
    return [
      raise(event, {
        ...{ kind: 'batch', key: `${serviceName}:${operation}`, severity: 'warning', nodeId },
        amount: deadLettered.length,
        endsByAcknowledgement: true,
        message: ({ amount, since }) =>
          `${counted(amount, 'batch request')} of ${serviceName} (${operation}) became dead letters since ${clock(since)}, at last ` +
          `in batch ${batchId}${nodeId === null ? '' : ` at ${nodeId}`}: ${reason}.`,
        advice:
          `GET /admin/batch-dead-letters?serviceName=${serviceName}, then replay or discard. Check with the provider before ` +
          'replaying a write with the reason outcome_unknown: it may have been done.',
      }),
    ];
  },
  'webhooks.processed': (event) => {
    const { serviceName, type, webhookEventId, attempts, reason, state, critical } = event;
    if (state !== 'dead') return [];
    return [
      raise(event, {
        ...{ kind: 'webhook', key: `${serviceName}:${type}`, severity: critical ? 'critical' : 'warning' },
        endsByAcknowledgement: true,
        message: ({ times, since }) =>
          `${counted(times, 'webhook event')} ${type} of ${serviceName} were given up since ${clock(since)}, at last ${webhookEventId} ` +
          `after ${counted(attempts, 'attempt')}: ${reason ?? 'no reason was told'}.`,
        advice:
          `GET /external-services/webhook-events/${webhookEventId} shows its attempts. Mend the cause, then replay: ` +
          'POST /external-services/webhook-events/replay takes a query.',
      }),
    ];
  },
  'security.alerted': (event) => {
    const { serviceName, kind, reason, count, windowMs, source } = event;
    const from = source === null ? '' : ` from ${source}`;
    return [
      raise(event, {
        ...{ kind: 'security', key: `${serviceName}:${kind}:${source ?? 'all'}`, severity: 'critical' },
        amount: count,
        endsByAcknowledgement: true,
        message: (seen) =>
          `${serviceName}: ${reason} (${count}${from} within ${inUnit(windowMs / 1_000, 's')}).${again(seen, 'Told')}`,
        advice:
          `After a rotation, add the provider's new secret: POST /admin/webhook-sources/${serviceName}/secrets. Otherwise somebody ` +
          `may be trying to forge them: allow the provider's addresses only (allowCidrs of PUT /admin/webhook-sources/${serviceName}).`,
      }),
    ];
  },
} satisfies { [F in Fact]?: (event: EventMap[F]) => Signal[] };

/** The facts that alerts are raised and ended by. */
export type AlertingFact = keyof typeof signalsOf;

/** A coordination event that asked for an answer and got none in time. */
export function unanswered(event: AgentEvent, asked: readonly string[], at: string): Raise {
  const { eventId, eventType, role, priority, sentBy } = event;
  const severity: AlertSeverity = priority === 'critical' ? 'critical' : 'warning';
  const who = asked.length === 0 ? 'nobody of it is connected' : `asked were ${asked.slice(0, 5).join(', ')}`;
  return {
    ...{ does: 'raise', factId: `${eventId}:unanswered`, at, key: `coordination_event:${role}:${eventType}` },
    ...{ kind: 'coordination_event', severity, serviceName: null, nodeId: null, amount: 1 },
    ...{ endsAt: null, endsByAcknowledgement: true },
    message: (seen) =>
      `The role ${role} did not answer the event ${eventType} of ${sentBy} (${eventId}) in time: ${who}.${again(seen, 'Unanswered')}`,
    advice:
      'GET /stream-b-coordination/agents/status shows who is connected and when each was heard of last. Start what is lost, ' +
      'or do what the event asks for by hand.',
  };
}

function again({ times, since }: Seen, what: string): string {
  return times === 1 ? '' : ` ${what} ${times} times since ${clock(since)}.`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
