import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HealthRegistry, Metrics } from '@signalbox/platform';
import { ServiceLines } from './line/service-lines.js';
import { LivePolicies } from './policies/live-policies.js';
import { AssemblyDuty } from './queue/assembly-duty.js';

/** What the worker shows of itself: gauges of what it holds, and whether it can work. */
@Injectable()
export class BatchMetrics implements OnApplicationBootstrap {
  constructor(
    private readonly metrics: Metrics,
    private readonly health: HealthRegistry,
    private readonly lines: ServiceLines,
    private readonly duty: AssemblyDuty,
    private readonly policies: LivePolicies,
  ) {}

  onApplicationBootstrap(): void {
    const { lines, duty, policies } = this;
    this.health.register('batching', {
      required: false,
      check: () =>
        policies.isLoaded
          ? { state: 'operational' }
          : { state: 'down', reason: 'No batch policy is loaded yet: requests wait. Check PostgreSQL.' },
    });
    this.metrics.gauge({
      name: 'signalbox_batch_held_requests',
      help: 'Requests that this process holds, by service',
      labelNames: ['service'],
      collect() {
        for (const [service, line] of lines.all()) this.set({ service }, line.heldItems);
      },
    });
    this.metrics.gauge({
      name: 'signalbox_batch_held_bytes',
      help: 'Their size, by service',
      labelNames: ['service'],
      collect() {
        for (const [service, line] of lines.all()) this.set({ service }, line.heldBytes);
      },
    });
    this.metrics.gauge({
      name: 'signalbox_batch_on_duty',
      help: '1 while this process assembles the service',
      labelNames: ['service'],
      collect() {
        for (const [service] of lines.all()) this.set({ service }, duty.isOnDuty(service) ? 1 : 0);
      },
    });
  }
}
