/** From well under the decision path's budget to longer than any answer should take. */
const BUCKETS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const NAME = 'http_request_duration_seconds';

export type RequestObserver = (status: number, durationMs: number) => void;

interface Series {
  readonly labels: string;
  /** Answers within each bound and above the one before; the last place is above all bounds. */
  readonly counts: number[];
  sumSeconds: number;
}

/**
 * Counts and times answers by method, route pattern (never the raw path: that would be unbounded) and status.
 * A histogram of its own, because prom-client's hashes the labels at each observation: 1.6 µs, which is a
 * twentieth of a whole decision, against some 20 ns here.
 */
export class HttpMetrics {
  private readonly series: Series[] = [];

  /** The observer of one route. */
  observer(method: string, route: string): RequestObserver {
    const byStatus = new Map<number, Series>();
    return (status, durationMs) => {
      let series = byStatus.get(status);
      if (series === undefined) {
        series = this.newSeries(`method="${method}",route="${route}",status="${status}"`);
        byStatus.set(status, series);
      }
      const seconds = durationMs / 1000;
      let bucket = 0;
      while (bucket < BUCKETS_SECONDS.length && seconds > (BUCKETS_SECONDS[bucket] ?? Infinity)) bucket++;
      series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
      series.sumSeconds += seconds;
    };
  }

  /** In Prometheus's text format. */
  text(): string {
    const head = [
      `# HELP ${NAME} Time from the request's headers to the end of its answer`,
      `# TYPE ${NAME} histogram`,
    ];
    return [...head, ...this.series.flatMap(linesOf)].join('\n');
  }

  private newSeries(labels: string): Series {
    const counts = new Array<number>(BUCKETS_SECONDS.length + 1).fill(0);
    const series = { labels, counts, sumSeconds: 0 };
    this.series.push(series);
    return series;
  }
}

function linesOf({ labels, counts, sumSeconds }: Series): string[] {
  let within = 0;
  const buckets = counts.map((count, index) => {
    within += count;
    return `${NAME}_bucket{${labels},le="${BUCKETS_SECONDS[index] ?? '+Inf'}"} ${within}`;
  });
  return [...buckets, `${NAME}_sum{${labels}} ${sumSeconds}`, `${NAME}_count{${labels}} ${within}`];
}
