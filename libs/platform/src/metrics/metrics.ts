import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type CounterConfiguration,
  type GaugeConfiguration,
  type HistogramConfiguration,
} from 'prom-client';
import { HttpMetrics } from './http-metrics.js';

/**
 * The metrics of one process, as Prometheus reads them. Names end in their unit (`_seconds`, `_bytes`,
 * `_total` for counts).
 */
export class Metrics {
  private readonly registry = new Registry();
  readonly contentType = this.registry.contentType;
  readonly http = new HttpMetrics();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  counter<L extends string>(configuration: CounterConfiguration<L>): Counter<L> {
    return new Counter({ ...configuration, registers: [this.registry] });
  }

  gauge<L extends string>(configuration: GaugeConfiguration<L>): Gauge<L> {
    return new Gauge({ ...configuration, registers: [this.registry] });
  }

  histogram<L extends string>(configuration: HistogramConfiguration<L>): Histogram<L> {
    return new Histogram({ ...configuration, registers: [this.registry] });
  }

  /** The text that `GET /metrics` answers with. */
  async text(): Promise<string> {
    return `${await this.registry.metrics()}\n${this.http.text()}\n`;
  }
}
