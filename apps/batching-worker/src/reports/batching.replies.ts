import { Controller } from '@nestjs/common';
import {
  REPORTS_QUEUE_GROUP,
  SERVICE_NAMES,
  ok,
  reportRequest,
  reportSubject,
  type BatchQueueView,
  type BatchingPerformance,
  type Success,
} from '@signalbox/contracts';
import { Replies } from '@signalbox/messaging';
import { PerformanceFigures } from '../performance/performance-figures.js';
import { QueueViews } from '../queue/queue-views.js';

/** Tells other apps how batching stands, of all services: whoever asks shows each caller its own. */
@Controller()
export class BatchingReplies {
  constructor(
    private readonly figures: PerformanceFigures,
    private readonly queues: QueueViews,
  ) {}

  @Replies(reportSubject('batching-performance'), { queue: REPORTS_QUEUE_GROUP, request: reportRequest })
  async performance(): Promise<Success<BatchingPerformance>> {
    return ok(await this.figures.of(SERVICE_NAMES));
  }

  @Replies(reportSubject('batch-queues'), { queue: REPORTS_QUEUE_GROUP, request: reportRequest })
  async waiting(): Promise<Success<{ items: BatchQueueView[] }>> {
    return ok({ items: await Promise.all(SERVICE_NAMES.map((name) => this.queues.of(name))) });
  }
}
