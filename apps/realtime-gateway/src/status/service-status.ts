import { Injectable } from '@nestjs/common';
import {
  SERVICE_NAMES,
  type BatchQueueView,
  type DashboardPart,
  type QueueView,
  type ServiceGlance,
  type ServiceHealth,
  type ServiceName,
  type ServiceRouting,
  type ServicesStatus,
} from '@signalbox/contracts';
import { Reports, type Asking } from '../reports/reports.js';
import { LiveSpend } from './live-spend.js';

/** How the services are, put together from what routing, budgets and batching each know. */
@Injectable()
export class ServiceStatuses {
  constructor(
    private readonly reports: Reports,
    private readonly spend: LiveSpend,
  ) {}

  /** The services that `isShown`, in the order of the catalog. */
  async all(
    isShown: (serviceName: ServiceName) => boolean,
    asking: Asking = 'recent',
  ): Promise<ServicesStatus> {
    const [routing, queues] = await Promise.all([
      this.reports.ask('service-routing', asking),
      this.reports.ask('batch-queues', asking),
    ]);
    const items = SERVICE_NAMES.filter(isShown).map((name) =>
      this.glance(
        name,
        routing.data?.items.find(({ serviceName }) => serviceName === name),
        queueOf(name, queues),
      ),
    );
    return { items, asOf: routing.asOf, stale: routing.stale };
  }

  async one(serviceName: ServiceName): Promise<ServiceHealth> {
    const { items, asOf, stale } = await this.all((name) => name === serviceName);
    const { data } = await this.reports.ask('service-routing');
    const nodes = data?.items.find((one) => one.serviceName === serviceName)?.nodes ?? [];
    return { ...items[0]!, nodes, asOf, stale };
  }

  private glance(
    serviceName: ServiceName,
    routing: ServiceRouting | undefined,
    queue: QueueView | null,
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
      queue,
    };
  }
}

function queueOf(
  serviceName: ServiceName,
  { data, asOf, stale }: DashboardPart<{ items: BatchQueueView[] }>,
): QueueView | null {
  const queue = data?.items.find((one) => one.serviceName === serviceName);
  if (queue === undefined || asOf === null) return null;
  const { total, depth, oldestWaitMs } = queue;
  return { total, depth, oldestWaitMs, asOf, stale };
}
