import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ok, type BatchQueueView, type ServiceName, type Success } from '@signalbox/contracts';
import { Access, ServiceParam } from '@signalbox/platform';
import { QueueViews } from './queue-views.js';

@ApiTags('batching')
@Controller('external-services/batch-queue')
export class BatchQueueController {
  constructor(private readonly queues: QueueViews) {}

  /** What waits or is under way, by priority; how long the oldest has; the batches that still take requests. */
  @Get(':serviceName')
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 120 })
  async get(@ServiceParam() serviceName: ServiceName): Promise<Success<BatchQueueView>> {
    return ok(await this.queues.of(serviceName));
  }
}
