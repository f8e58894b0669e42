import { BullModule } from '@nestjs/bullmq';
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { SERVICE_NAMES } from '@signalbox/contracts';
import type { Redis } from 'ioredis';
import { AcceptRequest } from './accept/accept-request.js';
import { BatchRequestController } from './accept/batch-request.controller.js';
import { EndWatch } from './accept/end-watch.js';
import { LiveCounts } from './accept/live-counts.js';
import { BatchMetrics } from './batch-metrics.js';
import type { BatchingWorkerSettings } from './config.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { AnsweredReads } from './line/answered-reads.js';
import { ServiceLines } from './line/service-lines.js';
import { ShareAnswer } from './line/share-answer.js';
import { PerformanceController } from './performance/performance.controller.js';
import { PerformanceFigures } from './performance/performance-figures.js';
import { PoliciesModule } from './policies/policies.module.js';
import { AssemblyDuty } from './queue/assembly-duty.js';
import { BatchQueueController } from './queue/batch-queue.controller.js';
import { ItemQueues } from './queue/item-queues.js';
import { itemWorkers } from './queue/item-worker.js';
import { OpenBatches } from './queue/open-batches.js';
import { QueueConnectionModule } from './queue/queue-connection.js';
import { QUEUE_PREFIX, QUEUE_REDIS, QUEUES, queueName } from './queue/queue-names.js';
import { QueueViews } from './queue/queue-views.js';
import { RequeueSweep } from './queue/requeue-sweep.js';
import { BatchingReplies } from './reports/batching.replies.js';
import { Admission } from './send/admission.js';
import { BatchNewsDesk } from './send/batch-news-desk.js';
import { CallProvider } from './send/call-provider.js';
import { ChooseNode } from './send/choose-node.js';
import { NodeCatalog } from './send/node-catalog.js';
import { NodeCredentials } from './send/node-credentials.js';
import { Orphans } from './send/orphans.js';
import { ProviderHttp } from './send/provider-http.js';
import { ReportCall } from './send/report-call.js';
import { SendBatch } from './send/send-batch.js';
import { Settlement } from './send/settlement.js';
import { WriteEnds } from './send/write-ends.js';
import { BatchStoresModule } from './stores.module.js';
import { Upkeep } from './upkeep.js';

const queues = [
  QueueConnectionModule,
  BullModule.forRootAsync(QUEUES, {
    imports: [QueueConnectionModule],
    inject: [QUEUE_REDIS],
    useFactory: (connection: Redis) => ({ connection, prefix: QUEUE_PREFIX }),
  }),
  BullModule.registerQueue(
    ...SERVICE_NAMES.map((service) => ({ name: queueName(service), configKey: QUEUES })),
  ),
];

/** Takes requests: durable before they are acknowledged. */
const accepting = [AcceptRequest, EndWatch, LiveCounts];
/** Whose turn it is. */
const queueing = [ItemQueues, AssemblyDuty, RequeueSweep, OpenBatches, ...itemWorkers];
/** What goes together. */
const assembling = [ServiceLines, ShareAnswer, AnsweredReads];
/** The call itself, and what became of it. */
const sending = [
  SendBatch,
  Admission,
  ChooseNode,
  NodeCatalog,
  NodeCredentials,
  CallProvider,
  ProviderHttp,
  ReportCall,
  WriteEnds,
  Orphans,
  Settlement,
  BatchNewsDesk,
];

/** How it stands. */
const showing = [QueueViews, PerformanceFigures, BatchMetrics];

/** Merges, paces and retries calls so that fewer leave and none is lost. */
@Global()
@Module({})
export class BatchingWorkerModule {
  static with(settings: BatchingWorkerSettings): DynamicModule {
    return {
      module: BatchingWorkerModule,
      imports: [BatchStoresModule.with(settings), PoliciesModule, ...queues],
      controllers: [
        BatchRequestController,
        BatchQueueController,
        PerformanceController,
        DeadLettersController,
        BatchingReplies,
      ],
      providers: [...accepting, ...queueing, ...assembling, ...sending, ...showing, Upkeep],
    };
  }
}
