import { Injectable } from '@nestjs/common';
import type { DecisionAnswer, ErrorCode, ServiceName, StrategyName } from '@signalbox/contracts';
import { Metrics } from '@signalbox/platform';
import type { Counter, Histogram } from 'prom-client';

interface Tally {
  readonly labels: { service: ServiceName; node: string; strategy: StrategyName };
  count: number;
}

/** What was decided and how long it took, for Prometheus. */
@Injectable()
export class DecisionMetrics {
  /** Counted here and read when Prometheus asks: prom-client hashes labels at every count, a part of the decision's time. */
  private readonly tallies = new Map<string, Tally>();
  private readonly refusals: Counter<'service' | 'code'>;
  private readonly durations: Histogram;

  constructor(metrics: Metrics) {
    const { tallies } = this;
    metrics.counter({
      name: 'signalbox_decisions_total',
      help: 'Decisions made, by service, chosen node and strategy',
      labelNames: ['service', 'node', 'strategy'],
      collect() {
        this.reset();
        for (const { labels, count } of tallies.values()) this.inc(labels, count);
      },
    });
    this.refusals = metrics.counter({
      name: 'signalbox_decisions_refused_total',
      help: 'Decisions refused, by service and error code',
      labelNames: ['service', 'code'],
    });
    this.durations = metrics.histogram({
      name: 'signalbox_decision_duration_seconds',
      help: 'Time from the validated request to the answer, without HTTP',
      buckets: [0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.1],
    });
  }

  decided(service: ServiceName, answer: DecisionAnswer): void {
    const { selectedNode, routingStrategy: strategy } = answer.routingDecision;
    const key = `${selectedNode.nodeId} ${strategy}`;
    const tally = this.tallies.get(key);
    if (tally !== undefined) tally.count += 1;
    else this.tallies.set(key, { labels: { service, node: selectedNode.nodeId, strategy }, count: 1 });
    this.durations.observe(answer.performanceMetrics.totalCoordinationTime / 1000);
  }

  refused(service: ServiceName, code: ErrorCode): void {
    this.refusals.inc({ service, code });
  }
}
