import {
  SERVICE_NAMES,
  toMicroUsd,
  toUsd,
  type BatchingFigures,
  type BatchingPerformance,
  type BudgetPeriod,
  type CostMonitoring,
  type CostPeriod,
  type DashboardPart,
  type DashboardUpdate,
  type ServiceName,
  type WebhookCoordination,
} from '@signalbox/contracts';
import { mayTouch, type Caller } from '@signalbox/platform';

/** Whether somebody is shown what is about the service; null: about no one service. */
export type IsShown = (serviceName: ServiceName | null) => boolean;

/** A token of some services is shown those, and nothing that is about none or all of them. */
export function shownTo(caller: Caller): IsShown {
  return (serviceName) => (serviceName === null ? caller.services === null : mayTouch(caller, serviceName));
}

/** What `shown` makes of a part that is known. */
export function partOf<T>(part: DashboardPart<T>, shown: (data: T) => T): DashboardPart<T> {
  return part.data === null ? part : { ...part, data: shown(part.data) };
}

export function itemsShown<T extends { serviceName: ServiceName }>(
  { items }: { items: readonly T[] },
  isShown: IsShown,
  most = items.length,
): { items: T[] } {
  return { items: items.filter(({ serviceName }) => isShown(serviceName)).slice(0, most) };
}

/** With totals over what is shown. A projection of several services is more than the sum of theirs: only all of them have one. */
export function costsShown(costs: CostMonitoring, isShown: IsShown): CostMonitoring {
  const services = costs.services.filter(({ serviceName }) => isShown(serviceName));
  if (services.length === costs.services.length) return costs;
  const total = (kind: BudgetPeriod): CostPeriod => {
    const sum = (field: 'capUsd' | 'spentUsd' | 'reservedUsd') =>
      services.reduce((all, service) => all + toMicroUsd(service[kind][field]), 0);
    const cap = sum('capUsd');
    const used = sum('spentUsd') + sum('reservedUsd');
    const utilization = cap === 0 ? (used === 0 ? 0 : 1) : used / cap;
    const [only] = services.length === 1 ? services : [];
    return {
      capUsd: toUsd(cap),
      spentUsd: toUsd(sum('spentUsd')),
      reservedUsd: toUsd(sum('reservedUsd')),
      utilization: Math.round(utilization * 1_000_000) / 1_000_000,
      projection: only?.[kind].projection ?? null,
      projectionUnavailable: only
        ? only[kind].projectionUnavailable
        : 'projected for each service, and for all of them together; GET /external-services/cost-monitoring projects these',
    };
  };
  return { asOf: costs.asOf, services, total: { day: total('day'), month: total('month') } };
}

/** With totals over what is shown; a service that is not is null, as one of which nothing was measured. */
export function batchingShown(batching: BatchingPerformance, isShown: IsShown): BatchingPerformance {
  const hidden = SERVICE_NAMES.filter((name) => !isShown(name));
  if (hidden.length === 0) return batching;
  const services = { ...batching.services };
  for (const name of hidden) services[name] = null;
  const measured = Object.values(services).filter((figures) => figures !== null);
  return { ...batching, total: totalOf(measured), services };
}

function totalOf(measured: readonly BatchingFigures[]): BatchingFigures | null {
  const [first] = measured;
  if (first === undefined || measured.length === 1) return first ?? null;
  const sum = (read: (figures: BatchingFigures) => number) =>
    measured.reduce((total, figures) => total + read(figures), 0);
  const requestsIn = sum((one) => one.requestsIn);
  const requestsSaved = sum((one) => one.requestsSaved);
  // Quantiles of several services cannot be added up.
  const timed = measured.filter(({ waitMs }) => Object.values(waitMs).some((wait) => wait !== null));
  const noWaits = { CRITICAL: null, HIGH: null, MEDIUM: null, LOW: null };
  return {
    requestsIn,
    succeeded: sum((one) => one.succeeded),
    failed: sum((one) => one.failed),
    dead: sum((one) => one.dead),
    requestsSent: sum((one) => one.requestsSent),
    requestsSaved,
    reduction: requestsIn === 0 ? null : requestsSaved / requestsIn,
    duplicatesRemoved: sum((one) => one.duplicatesRemoved),
    billableUnits: sum((one) => one.billableUnits),
    billableUnitsSaved: sum((one) => one.billableUnitsSaved),
    retries: sum((one) => one.retries),
    bisections: sum((one) => one.bisections),
    costUsd: toUsd(sum((one) => toMicroUsd(one.costUsd))),
    waitMs: timed.length === 1 ? timed[0]!.waitMs : noWaits,
  };
}

export function webhooksShown(webhooks: WebhookCoordination, isShown: IsShown): WebhookCoordination {
  return {
    ...webhooks,
    services: webhooks.services.filter(({ serviceName }) => isShown(serviceName)),
    handlers: webhooks.handlers.filter(({ serviceName }) => isShown(serviceName)),
    airtableFeeds: isShown('airtable') ? webhooks.airtableFeeds : [],
  };
}

/** A pushed dashboard as somebody is shown it. */
export function updateShown(update: DashboardUpdate, isShown: IsShown): DashboardUpdate {
  const alertCounts = { ...update.alertCounts };
  for (const name of SERVICE_NAMES) if (!isShown(name)) alertCounts[name] = NO_ALERTS;
  const count = (severity: keyof typeof NO_ALERTS) =>
    SERVICE_NAMES.reduce((total, name) => total + alertCounts[name][severity], 0);
  return {
    services: { ...update.services, ...itemsShown(update.services, isShown) },
    costs: partOf(update.costs, (costs) => costsShown(costs, isShown)),
    agents: update.agents,
    alerts: {
      warning: count('warning'),
      critical: count('critical'),
      emergency: count('emergency'),
      items: update.alerts.items.filter(({ serviceName }) => isShown(serviceName)),
      stale: update.alerts.stale,
    },
    alertCounts,
  };
}

const NO_ALERTS = { warning: 0, critical: 0, emergency: 0 } as const;
