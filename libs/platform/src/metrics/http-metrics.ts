import type { Histogram } from 'prom-client';
import type { Metrics } from './metrics.js';

/** From well under the decision path's budget to longer than any answer should take. */
const BUCKETS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export type RequestObserver = (status: number, durationMs: number) => void;

/** Counts and times answers by method, route pattern (never the raw path: that would be unbounded) and status. */
export class HttpMetrics {
  private readonly durations: Histogram<'method' | 'route' | 'status'>;

  constructor(metrics: Metrics) {
    this.durations = metrics.histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from the request line to the last byte of the answer',
      labelNames: ['method', 'route', 'status'],
      buckets: BUCKETS_SECONDS,
    });
  }

  /** The observer of one route; it resolves the labels of a status once. */
  observer(method: string, route: string): RequestObserver {
    const byStatus = new Map<number, { observe(seconds: number): void }>();
    return (status, durationMs) => {
      let series = byStatus.get(status);
      if (series === undefined) {
        series = this.durations.labels({ method, route, status: String(status) });
        byStatus.set(status, series);
      }
      series.observe(durationMs / 1000);
    };
  }
}
