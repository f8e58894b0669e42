import type { AlertSeverity, Alerting, ApiPerformanceMetrics, ServiceName } from '@signalbox/contracts';
import type { End, Raise, Signal } from './lifecycle.js';
import { counted, figure, inUnit } from './wording.js';

type ThresholdName = 'errorRate' | 'p95Ms' | 'p99Ms' | 'budgetUtilization' | 'criticalErrors';

/** Where the counting of one threshold stands. */
interface Count {
  /** What is counted against; another threshold begins another count. */
  threshold: number;
  /** How often in a row it was reached; 0 once it was not. */
  over: number;
  /** How often in a row it was clearly not; 0 once it was reached. */
  under: number;
}
export type Counts = Partial<Record<ThresholdName, Count>>;

/** Below this share of the threshold it is clearly not reached; in between nothing begins and nothing ends. */
const CLEAR_SHARE = 0.9;
/** What lasts is told again with its newest figure so often: every five minutes at 15 s. */
const TELL_AGAIN_AFTER = 20;
/** Collections further apart than this many intervals are not in a row: some are missing while another replica takes over. */
const IN_A_ROW = 4;

interface Watched {
  measured: (metrics: ApiPerformanceMetrics) => number | null;
  unit: string | null;
  severity: AlertSeverity;
  says: string;
  advice: (serviceName: ServiceName) => string;
}

const look = (serviceName: ServiceName) =>
  `See which node it is: GET /external-services/${serviceName}/health. Drain it if the others carry the traffic ` +
  '(POST /admin/nodes/:nodeId/drain), and look at the provider’s status page.';

const WATCHED: Record<ThresholdName, Watched> = {
  errorRate: {
    measured: ({ errorRates }) => errorRates.overall,
    ...{ unit: 'ratio', severity: 'warning', says: 'error rate', advice: look },
  },
  p95Ms: {
    measured: ({ responseTime }) => responseTime.p95,
    ...{ unit: 'ms', severity: 'warning', says: 'response time (p95)', advice: look },
  },
  p99Ms: {
    measured: ({ responseTime }) => responseTime.p99,
    ...{ unit: 'ms', severity: 'warning', says: 'response time (p99)', advice: look },
  },
  budgetUtilization: {
    measured: ({ costMetrics }) => costMetrics.budgetUtilization,
    ...{ unit: 'ratio', severity: 'warning', says: 'share of the day’s budget' },
    advice: (serviceName) =>
      `See where it goes: GET /stream-b-coordination/cost/analysis. Raise the budget: PUT /admin/budgets/${serviceName}.`,
  },
  criticalErrors: {
    measured: ({ errorRates }) => errorRates.criticalErrors,
    ...{ unit: null, severity: 'critical', says: 'number of critical errors in 15 s', advice: look },
  },
};
const NAMES = Object.keys(WATCHED) as ThresholdName[];

/**
 * Counts one collection against a service's thresholds: reached `forCollections` times in a row one is raised, clearly
 * not reached as often in a row it is over. What was not measured (null) says neither, and breaks no row. `lastAt`: of
 * the collection that `counts` end with; null at the first. Collections are `everyMs` apart.
 */
export function countAgainst(
  alerting: Alerting,
  counts: Counts,
  lastAt: string | null,
  metrics: ApiPerformanceMetrics,
  everyMs = 15_000,
): { counts: Counts; signals: Signal[] } {
  const gapMs = lastAt === null ? Infinity : Date.parse(metrics.collectedAt) - Date.parse(lastAt);
  const next: Counts = {};
  const signals: Signal[] = [];
  for (const name of NAMES) {
    const threshold = alerting[name];
    if (threshold === null) {
      if (counts[name] !== undefined) signals.push(over(name, metrics, 'it was switched off'));
      continue;
    }
    const known = counts[name];
    const goesOn = known?.threshold === threshold && gapMs <= IN_A_ROW * everyMs;
    const before = goesOn ? known : { threshold, over: 0, under: 0 };
    const measured = WATCHED[name].measured(metrics);
    const count = measured === null ? before : after(before, measured);
    next[name] = count;
    if (measured !== null)
      signals.push(...signalsOf(name, metrics, measured, count, alerting.forCollections));
  }
  return { counts: next, signals };
}

function after(count: Count, measured: number): Count {
  const { threshold, over, under } = count;
  if (measured >= threshold) return { threshold, over: over + 1, under: 0 };
  if (measured >= threshold * CLEAR_SHARE) return { threshold, over: 0, under: 0 };
  return { threshold, over: 0, under: under + 1 };
}

function signalsOf(
  name: ThresholdName,
  metrics: ApiPerformanceMetrics,
  measured: number,
  count: Count,
  forCollections: number,
): Signal[] {
  const { unit, says } = WATCHED[name];
  const times = `${counted(forCollections, 'collection')} in a row`;
  if (count.over >= forCollections && (count.over - forCollections) % TELL_AGAIN_AFTER === 0) {
    return [raised(name, metrics, measured, count)];
  }
  if (count.under === forCollections) {
    const bound = inUnit(count.threshold, unit);
    return [
      over(name, metrics, `the ${says} is ${inUnit(measured, unit)}, clearly below ${bound} for ${times}`),
    ];
  }
  return [];
}

function raised(name: ThresholdName, metrics: ApiPerformanceMetrics, measured: number, count: Count): Raise {
  const { unit, says, severity, advice } = WATCHED[name];
  const { serviceName } = metrics;
  const pace = metrics.throughput.requestsPerSecond;
  return {
    ...about(name, metrics),
    ...{ does: 'raise', kind: 'threshold', severity, serviceName, nodeId: null, amount: 1 },
    ...{ endsAt: null, endsByAcknowledgement: false },
    message: () =>
      `The ${says} of ${serviceName} is ${inUnit(measured, unit)}; the threshold is ${inUnit(count.threshold, unit)}, reached in ` +
      `${counted(count.over, 'collection')} in a row${pace === null ? '' : `, at ${figure(pace)} calls a second`}.`,
    advice: `${advice(serviceName)} Another threshold: PUT /admin/alert-thresholds/${serviceName}.`,
  };
}

function over(name: ThresholdName, metrics: ApiPerformanceMetrics, because: string): End {
  return { ...about(name, metrics), does: 'end', because };
}

function about(name: ThresholdName, { serviceName, collectedAt }: ApiPerformanceMetrics) {
  const key = `threshold:${serviceName}:${name}`;
  return { key, factId: `${key}@${collectedAt}`, at: new Date(Date.parse(collectedAt)).toISOString() };
}
