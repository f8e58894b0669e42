import type { MicroUsd, ServiceName, Severity } from '@signalbox/contracts';

/** What is known of a failure when a recovery is chosen. */
export interface RecoverySignal {
  serviceName: ServiceName;
  /** As the service named it; the set is not closed. */
  errorType: string;
  severity: Severity;
  failedNodeIds: readonly string[];
  revenueAtRiskMicroUsd: MicroUsd | null;
  /** As the service named it; the set is not closed. */
  customerImpact: string | null;
  /** Capabilities the service says will fail next. */
  cascadingServices: readonly string[];
}

/** What kind of trouble an error type names. */
export type ErrorNature = 'budget' | 'rate_limit' | 'slowness' | 'failure';

/** First match wins; whatever is not recognised counts as plain failure, which is the safe reading. */
const NATURES: readonly (readonly [RegExp, ErrorNature])[] = [
  [/budget|cost|spend/i, 'budget'],
  [/rate_?limit|quota|throttl|\b429\b/i, 'rate_limit'],
  [/performance|latency|slow|timeout|degrad/i, 'slowness'],
];

export function natureOf(errorType: string): ErrorNature {
  return NATURES.find(([pattern]) => pattern.test(errorType))?.[1] ?? 'failure';
}
