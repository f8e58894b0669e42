import {
  type AlertSeverity,
  type AlertView,
  type PerformanceMetric,
  type PerformanceSeries,
  type ServiceGlance,
  type ServiceName,
} from '@signalbox/contracts';
import { inOrder } from '../../parts/services';

const HOW_BAD: Record<ServiceGlance['status'], number> = {
  down: 400,
  degraded: 200,
  unknown: 100,
  healthy: 0,
};
const HOW_SEVERE: Record<AlertSeverity, number> = { emergency: 2, critical: 1, warning: 0 };

/** What needs a person first: down, degraded, open circuits, spent budgets, overrides; else in their order. */
export function worstFirst(services: readonly ServiceGlance[]): ServiceGlance[] {
  return inOrder(services).sort((a, b) => urgency(b) - urgency(a));
}

/** So that the first minutes of a new installation are a line, and no dot at the edge of an hour of nothing. */
const LEAST_MINUTES = 10;

/** From which of the last hour's minutes on lines are drawn: the first in which anything was measured. */
function firstShown(series: readonly PerformanceSeries[]): number {
  const firsts = series.map(({ points }) => points.findIndex((point) => point !== null));
  const first = Math.min(...firsts.filter((index) => index >= 0));
  return Math.max(0, Math.min(first, minutesOf(series) - LEAST_MINUTES));
}

/** How many minutes the lines show. */
export function minutesShown(series: readonly PerformanceSeries[]): number {
  return minutesOf(series) - firstShown(series);
}

function minutesOf(series: readonly PerformanceSeries[]): number {
  return Math.max(0, ...series.map(({ points }) => points.length));
}

/** One figure over the last hour, or what was measured of it, by minutes and, last, now. */
export function lastHour(
  series: readonly PerformanceSeries[],
  serviceName: ServiceName,
  metric: PerformanceMetric,
  now: number | null,
): (number | null)[] {
  const measured = series.find((one) => one.serviceName === serviceName && one.metric === metric);
  return [...(measured?.points.slice(firstShown(series)) ?? []), now];
}

function urgency({ status, circuits, spend, override }: ServiceGlance): number {
  return (
    HOW_BAD[status] +
    circuits.open * 20 +
    circuits.halfOpen * 10 +
    (spend?.band === 'exhausted' ? 8 : spend?.band === 'throttled' ? 4 : 0) +
    (override === null ? 0 : 2)
  );
}

/** The worst first, then the newest. */
export function mostSevereFirst(alerts: readonly AlertView[]): AlertView[] {
  return alerts
    .filter(({ state }) => state !== 'resolved')
    .sort(
      (a, b) =>
        Number(a.state === 'acknowledged') - Number(b.state === 'acknowledged') ||
        HOW_SEVERE[b.severity] - HOW_SEVERE[a.severity] ||
        b.raisedAt.localeCompare(a.raisedAt),
    );
}

/** The sum over those that were measured; null when none was. */
export function sumOf(values: readonly (number | null | undefined)[]): number | null {
  const measured = values.filter((value): value is number => typeof value === 'number');
  return measured.length === 0 ? null : measured.reduce((sum, value) => sum + value, 0);
}

/** Of `services`, which are `names`, in words. */
export function namesOf(services: readonly ServiceGlance[], which: (service: ServiceGlance) => boolean) {
  return services.filter(which).map(({ serviceName }): ServiceName => serviceName);
}
