import type {
  ApiPerformanceMetrics,
  PerformanceAnalytics,
  SeriesQuery,
  ServiceName,
  StandingAlerts,
} from '@signalbox/contracts';
import type { IsShown } from './shown-parts.js';

/** What a dashboard shows and others in this app know: `app.module.ts` says who. */

export abstract class StandingAlertsSource {
  /** The open and acknowledged alerts about what `isShown`. May reject while what keeps them is away. */
  abstract standing(isShown: IsShown): Promise<StandingAlerts>;
}

export abstract class PerformanceSource {
  /** The newest of each service that anything was collected of. */
  abstract latest(): Promise<ApiPerformanceMetrics[]>;
  /** May reject while what keeps them is away. */
  abstract series(
    query: SeriesQuery,
    isShown?: (serviceName: ServiceName) => boolean,
  ): Promise<PerformanceAnalytics>;
}
