import { Injectable } from '@nestjs/common';
import {
  SERVICE_NAMES,
  type BatchQueueView,
  type QueueView,
  type ServiceGlance,
  type ServiceHealth,
  type ServiceName,
  type ServiceRouting,
  type ServicesStatus,
} from '@signalbox/contracts';
import { Reports } from '../reports/reports.js';
import { LiveSpend } from './live-spend.js';

/** How the services are, put together from what routing, budgets and batching each know. */
@Injectable()
export class ServiceStatuses {
  constructor(
    private readonly reports: Reports,
    private readonly spend: LiveSpend,
  ) {}

  /** The services that `isShown`, in the order of the catalog. */
  async all(isShown: (serviceName: ServiceName) => boolean): Promise<ServicesStatus> {
    const [routing, queues] = await Promise.all([
      this.reports.ask<{ items: ServiceRouting[] }>('service-routing'),
      this.reports.ask<{ items: BatchQueueView[] }>('batch-queues'),
    ]);
    const items = SERVICE_NAMES.filter(isShown).map((name) =>
      this.glance(
        name,
        routing.data?.items.find(({ serviceName }) => serviceName === name),
        queues.data?.items.find(({ serviceName }) => serviceName === name),
      ),
    );
    return { items, asOf: routing.asOf, stale: routing.stale };
  }

  async one(serviceName: ServiceName): Promise<ServiceHealth> {
    const { items, asOf, stale } = await this.all((name) => name === serviceName);
    const { data } = await this.reports.ask<{ items: ServiceRouting[] }>('service-routing');
    const nodes = data?.items.find((one) => one.serviceName === serviceName)?.nodes ?? [];
    return { ...items[0]!, nodes, asOf, stale };
  }

  private glance(
    serviceName: ServiceName,
    routing: ServiceRouting | undefined,
    queue: BatchQueueView | undefined,
  ): ServiceGlance {
    const inState = (state: string) => routing?.nodes.filter(({ circuit }) => circuit === state).length ?? 0;
    return {
      serviceName,
      status: routing?.status ?? 'unknown',
      reasons: routing?.reasons ?? ['No routing coordinator has answered yet: is one running?'],
      strategy: routing?.strategy ?? null,
      circuits: { closed: inState('closed'), open: inState('open'), halfOpen: inState('half_open') },
      errorRate: routing?.errorRate ?? null,
      latencyMs: routing?.latencyMs ?? { p50: null, p95: null, p99: null },
      inFlight: routing?.inFlight ?? null,
      override: routing?.override ?? null,
      spend: this.spend.of(serviceName),
      queue: queue === undefined ? null : queueOf(queue),
    };
  }
}

function queueOf({ total, depth, oldestWaitMs }: BatchQueueView): QueueView {
  return { total, depth, oldestWaitMs };
}
