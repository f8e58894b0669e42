import { Injectable } from '@nestjs/common';
import type { DecisionAnswer, ErrorCode, ServiceName } from '@signalbox/contracts';
import { Metrics } from '@signalbox/platform';
import type { Counter, Histogram } from 'prom-client';

/** What was decided and how long it took, for Prometheus. */
@Injectable()
export class DecisionMetrics {
  private readonly decisions: Counter<'service' | 'node' | 'strategy'>;
  private readonly refusals: Counter<'service' | 'code'>;
  private readonly durations: Histogram<'service'>;

  constructor(metrics: Metrics) {
    this.decisions = metrics.counter({
      name: 'signalbox_decisions_total',
      help: 'Decisions made, by service, chosen node and strategy',
      labelNames: ['service', 'node', 'strategy'],
    });
    this.refusals = metrics.counter({
      name: 'signalbox_decisions_refused_total',
      help: 'Decisions refused, by service and error code',
      labelNames: ['service', 'code'],
    });
    this.durations = metrics.histogram({
      name: 'signalbox_decision_duration_seconds',
      help: 'Time from the validated request to the answer, without HTTP',
      labelNames: ['service'],
      buckets: [0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.1],
    });
  }

  decided(service: ServiceName, answer: DecisionAnswer): void {
    const { selectedNode, routingStrategy } = answer.routingDecision;
    this.decisions.inc({ service, node: selectedNode.nodeId, strategy: routingStrategy });
    this.durations.observe({ service }, answer.performanceMetrics.totalCoordinationTime / 1000);
  }

  refused(service: ServiceName, code: ErrorCode): void {
    this.refusals.inc({ service, code });
  }
}
