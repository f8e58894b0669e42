import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Injectable, Logger, type Type } from '@nestjs/common';
import { SERVICE_NAMES, type ServiceName } from '@signalbox/contracts';
import { WaitingError } from 'bullmq';
import { ServiceLines } from '../line/service-lines.js';
import { ItemQueues, type ParcelJob, type QueuedItem } from './item-queues.js';
import { QUEUES, queueName } from './queue-names.js';

/** A lock that is not renewed for so long belongs to a worker that is gone. */
const LOCK_MS = 10_000;
const LOOK_FOR_STALLED_EVERY_MS = 5_000;

/**
 * Takes the parcels of one service into its line, and ends each when the line has parted with all that is in it. It runs while this process
 * assembles the service (`AssemblyDuty`).
 */
export abstract class ItemWorker extends WorkerHost {
  abstract readonly serviceName: ServiceName;
  private readonly logger = new Logger(ItemWorker.name);
  private told = '';
  /** In hand now. */
  parcels = 0;

  constructor(
    private readonly lines: ServiceLines,
    private readonly queues: ItemQueues,
  ) {
    super();
  }

  async process(job: ParcelJob, token?: string): Promise<void> {
    this.parcels += 1;
    try {
      await this.carry(job, token);
    } finally {
      this.parcels -= 1;
    }
  }

  private async carry(job: ParcelJob, token: string | undefined): Promise<void> {
    const line = this.lines.of(this.serviceName);
    const { items } = job.data;
    const partings = await Promise.all(items.map((item) => line.take(item, item.owesRetry === true)));
    const again: QueuedItem[] = [];
    const back: QueuedItem[] = [];
    for (const [index, parting] of partings.entries()) {
      const item = items[index] as QueuedItem;
      if (parting.kind === 'handed_back') back.push(item);
      if (parting.kind === 'later') {
        const { queueId, owesRetry, atMs } = parting;
        again.push({ ...item, queueId, owesRetry, availableAtMs: atMs });
      }
    }
    if (again.length > 0) await this.queues.addAll(again);
    if (back.length === 0) return;
    if (back.length < items.length) await job.updateData({ items: back });
    await job.moveToWait(token);
    throw new WaitingError();
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

    constructor(lines: ServiceLines, queues: ItemQueues) {
      super(lines, queues);
    }
  }
  return WorkerOfService;
}
