import { Inject, Injectable, Logger } from '@nestjs/common';
import { SERVICE_NAMES, type ServiceName } from '@signalbox/contracts';
import { CLOCK, Schedule } from '@signalbox/hosting';
import { BatchItemStore } from '@signalbox/persistence';
import { RedisConnection } from '@signalbox/redis';
import type { Clock } from '@signalbox/statistics';
import { ServiceLines } from '../line/service-lines.js';
import { AssemblyDuty } from './assembly-duty.js';
import { ItemQueues } from './item-queues.js';

const EVERY_MS = 1_000;
const PAGE = 500;
/** A request younger than this is still on its way to the queue. */
const YOUNG_MS = 2_000;
/** Waiting in the queue for so long, a request goes before all that are newer and more important. */
const AGED_MS = 60_000;
const MOST_AGED = 100;

/**
 * Gives requests to the queue that it does not know: Redis was away when they were accepted, or has lost its memory.
 * A page of the waiting a second, round and round; all of them at once when Redis has evidently begun anew. Requests
 * that the queue knows are left as they are, except that those that have waited very long are let go first.
 */
@Injectable()
export class RequeueSweep {
  private readonly logger = new Logger(RequeueSweep.name);
  private readonly cursors = new Map<ServiceName, string>();

  constructor(
    private readonly items: BatchItemStore,
    private readonly queues: ItemQueues,
    private readonly lines: ServiceLines,
    private readonly duty: AssemblyDuty,
    private readonly redis: RedisConnection,
    @Inject(CLOCK) private readonly clock: Clock,
    schedule: Schedule,
  ) {
    schedule.every({
      work: 'Sweep of requests that the queue does not know',
      everyMs: EVERY_MS,
      round: () => this.sweep(),
    });
  }

  private async sweep(): Promise<void> {
    if (!this.queues.isConnected) return;
    for (const serviceName of SERVICE_NAMES) {
      if (!this.duty.isOnDuty(serviceName)) continue;
      if (await this.isNewMemory(serviceName)) await this.all(serviceName);
      else await this.page(serviceName);
    }
  }

  /** Redis holds a mark that we put there: without it, it is another Redis, or one that has lost everything. */
  private async isNewMemory(serviceName: ServiceName): Promise<boolean> {
    const mark = `signalbox:batching:mark:${serviceName}`;
    return (await this.redis.run((redis) => redis.set(mark, '1', 'NX'))) !== null;
  }

  private async all(serviceName: ServiceName): Promise<void> {
    this.cursors.delete(serviceName);
    let given = 0;
    do given += await this.page(serviceName);
    while (this.cursors.has(serviceName));
    if (given > 0) this.logger.log(`Redis has begun anew: gave it ${given} requests of ${serviceName}`);
  }

  private async page(serviceName: ServiceName): Promise<number> {
    const page = await this.items.live(serviceName, this.cursors.get(serviceName) ?? '', PAGE);
    const last = page.at(-1);
    if (page.length === PAGE && last !== undefined) this.cursors.set(serviceName, last.requestId);
    else this.cursors.delete(serviceName);
    const nowMs = this.clock.nowMs();
    const line = this.lines.of(serviceName);
    const outside = page.filter(
      ({ requestId, acceptedAtMs }) => nowMs - acceptedAtMs > YOUNG_MS && !line.holds(requestId),
    );
    if (outside.length === 0) return 0;
    await this.queues.addAll(outside);
    const aged = outside.filter(
      ({ waitingSinceMs, availableAtMs }) => nowMs - Math.max(waitingSinceMs, availableAtMs) > AGED_MS,
    );
    const parcels = [...new Set(aged.map(({ queueId }) => queueId))];
    for (const queueId of parcels.slice(0, MOST_AGED)) {
      const job = await this.queues.queueOf(serviceName).getJob(queueId);
      if (job !== undefined && job.priority > 1)
        await job.changePriority({ priority: 1 }).catch(() => undefined);
    }
    return outside.length;
  }
}
