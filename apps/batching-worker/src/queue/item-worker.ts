import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Injectable, Logger, type Type } from '@nestjs/common';
import { SERVICE_NAMES, type ServiceName } from '@signalbox/contracts';
import { DelayedError, WaitingError } from 'bullmq';
import { ServiceLines } from '../line/service-lines.js';
import type { ItemJob } from './item-queues.js';
import { QUEUES, queueName } from './queue-names.js';

/** A lock that is not renewed for so long belongs to a worker that is gone. */
const LOCK_MS = 10_000;
const LOOK_FOR_STALLED_EVERY_MS = 5_000;

/**
 * Takes the jobs of one service into its line, and ends each as the line parts with it. It runs while this process
 * assembles the service (`AssemblyDuty`).
 */
export abstract class ItemWorker extends WorkerHost {
  abstract readonly serviceName: ServiceName;
  private readonly logger = new Logger(ItemWorker.name);
  private told = '';

  constructor(private readonly lines: ServiceLines) {
    super();
  }

  async process(job: ItemJob, token?: string): Promise<void> {
    const owesRetry = job.data.owesRetry === true;
    const parting = await this.lines.of(this.serviceName).take(job.data, owesRetry);
    if (parting.kind === 'later') {
      if (parting.owesRetry !== owesRetry) {
        await job.updateData({ ...job.data, owesRetry: parting.owesRetry });
      }
      await job.moveToDelayed(parting.atMs, token);
      throw new DelayedError();
    }
    if (parting.kind === 'handed_back') {
      await job.moveToWait(token);
      throw new WaitingError();
    }
  }

  /** Whatever fails here, the request is in PostgreSQL, and the sweep gives it to the queue again. */
  @OnWorkerEvent('error')
  failed(error: Error): void {
    if (error.message === this.told) return;
    this.told = error.message;
    this.logger.warn(`queue of ${this.serviceName}: ${error.message}`);
  }
}

/** BullMQ's worker of each service; Nest finds them by their decorator. */
export const itemWorkers: readonly Type<ItemWorker>[] = SERVICE_NAMES.map(workerOf);

function workerOf(name: ServiceName): Type<ItemWorker> {
  @Injectable()
  @Processor(
    { name: queueName(name), configKey: QUEUES },
    {
      autorun: false,
      concurrency: 1,
      lockDuration: LOCK_MS,
      stalledInterval: LOOK_FOR_STALLED_EVERY_MS,
      // How often a request may be sent is counted in PostgreSQL; the queue never gives one up.
      maxStalledCount: 1_000_000,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    },
  )
  class WorkerOfService extends ItemWorker {
    readonly serviceName = name;

    constructor(lines: ServiceLines) {
      super(lines);
    }
  }
  return WorkerOfService;
}
