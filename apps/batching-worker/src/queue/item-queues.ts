import { Inject, Injectable, Logger } from '@nestjs/common';
import { getQueueToken } from '@nestjs/bullmq';
import { ModuleRef } from '@nestjs/core';
import { CALL_PRIORITIES, SERVICE_NAMES, type ServiceName } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import type { LiveBatchItem } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { QUEUE_REDIS, queueName } from './queue-names.js';

/** `owesRetry`: it failed when the retry budget was empty, and the budget must allow it before it is sent again. */
export type QueuedItem = LiveBatchItem & { owesRetry?: boolean };

/**
 * What a job carries: requests of one priority that were written together, so that under load a queue moves hundreds
 * at the price of one. Its id is in each of their rows: giving it to the queue twice changes nothing.
 */
export interface Parcel {
  items: QueuedItem[];
}
export type ParcelJob = Job<Parcel>;

const MOST_AT_ONCE = 500;

/** The services' queues. They say whose turn it is; what is to be done, and whether it was, is in PostgreSQL. */
@Injectable()
export class ItemQueues {
  private readonly logger = new Logger(ItemQueues.name);
  private readonly queues = new Map<ServiceName, Queue<Parcel>>();
  private waiting: LiveBatchItem[] = [];

  constructor(
    private readonly modules: ModuleRef,
    @Inject(QUEUE_REDIS) private readonly redis: Redis,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  get isConnected(): boolean {
    return this.redis.status === 'ready';
  }

  /**
   * Gives a request that is in PostgreSQL to its queue, in the background. It may not arrive: whoever sweeps for
   * forgotten requests gives it again.
   */
  offer(item: LiveBatchItem): void {
    this.waiting.push(item);
    if (this.waiting.length > 1) return;
    setImmediate(() => {
      const items = this.waiting;
      this.waiting = [];
      this.addAll(items).catch((error: unknown) =>
        this.logger.warn(`${items.length} requests wait for the sweep: ${String(error)}`),
      );
    });
  }

  /** Resolves when the queues have them all. Parcels that they had already stay as they are. */
  async addAll(items: readonly QueuedItem[]): Promise<void> {
    // While Redis is away BullMQ would keep the command in memory for as long as it takes.
    if (!this.isConnected) throw new Error('Redis is away');
    const parcels = new Map<string, QueuedItem[]>();
    for (const item of items) {
      const parcel = parcels.get(item.queueId);
      if (parcel === undefined) parcels.set(item.queueId, [item]);
      else parcel.push(item);
    }
    for (const serviceName of new Set(items.map((item) => item.serviceName))) {
      const jobs = [...parcels]
        .filter(([, [first]]) => first?.serviceName === serviceName)
        .map(([queueId, parcel]) => this.jobOf(queueId, parcel));
      for (let from = 0; from < jobs.length; from += MOST_AT_ONCE) {
        await this.queueOf(serviceName).addBulk(jobs.slice(from, from + MOST_AT_ONCE));
      }
    }
  }

  queueOf(serviceName: ServiceName): Queue<Parcel> {
    let queue = this.queues.get(serviceName);
    if (queue === undefined) {
      queue = this.modules.get<Queue<Parcel>>(getQueueToken(queueName(serviceName)), { strict: false });
      queue.on('error', () => undefined); // told by the connection itself
      this.queues.set(serviceName, queue);
    }
    return queue;
  }

  /** Opens every queue, so that none has an error that nobody hears. */
  openAll(): void {
    for (const serviceName of SERVICE_NAMES) this.queueOf(serviceName);
  }

  private jobOf(queueId: string, items: QueuedItem[]) {
    const delay = Math.max(0, Math.min(...items.map((item) => item.availableAtMs)) - this.clock.nowMs());
    const priority = Math.min(...items.map((item) => CALL_PRIORITIES.indexOf(item.priority) + 1));
    return {
      name: 'parcel',
      data: { items },
      // BullMQ's priorities: 1 first.
      opts: {
        jobId: queueId,
        priority,
        ...(delay > 0 && { delay }),
        removeOnComplete: true,
        removeOnFail: true,
      },
    };
  }
}
