import { batchingWorker } from '@signalbox/batching-worker';
import { costOptimizer } from '@signalbox/cost-optimizer';
import type { HostedApp } from '@signalbox/hosting';
import { realtimeGateway } from '@signalbox/realtime-gateway';
import { routingCoordinator } from '@signalbox/routing-coordinator';
import { webhookIngest } from '@signalbox/webhook-ingest';

/** Every app, for one process on one port. */
export const apps: readonly HostedApp[] = [
  routingCoordinator,
  costOptimizer,
  batchingWorker,
  webhookIngest,
  realtimeGateway,
];
