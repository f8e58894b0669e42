import { Inject, Injectable } from '@nestjs/common';
import type { BatchQueueView, ServiceName } from '@signalbox/contracts';
import { HOSTED, Schedule, type Hosted } from '@signalbox/hosting';
import { RedisConnection } from '@signalbox/redis';
import { ServiceLines } from '../line/service-lines.js';
import { AssemblyDuty } from './assembly-duty.js';

type Assembler = NonNullable<BatchQueueView['assembler']>;

const SHOW_EVERY_MS = 500;
const SHOWN_FOR_MS = 3_000;
/** Open batches shown; a service with more merge keys shows the first. */
const MOST_SHOWN = 100;

/** What is being assembled, put where every replica can show it. */
@Injectable()
export class OpenBatches {
  constructor(
    private readonly redis: RedisConnection,
    private readonly lines: ServiceLines,
    private readonly duty: AssemblyDuty,
    @Inject(HOSTED) private readonly hosted: Hosted,
    schedule: Schedule,
  ) {
    schedule.every({ work: 'Show of open batches', everyMs: SHOW_EVERY_MS, round: () => this.showAll() });
  }

  /** As its assembler last showed it; null when none does, or Redis is away. */
  async of(serviceName: ServiceName): Promise<Assembler | null> {
    if (this.duty.isOnDuty(serviceName)) return this.here(serviceName);
    const shown = await this.redis.run((redis) => redis.get(keyOf(serviceName))).catch(() => null);
    return shown === null ? null : (JSON.parse(shown) as Assembler);
  }

  private showAll(): void {
    for (const [serviceName] of this.lines.all()) {
      if (!this.duty.isOnDuty(serviceName)) continue;
      const shown = JSON.stringify(this.here(serviceName));
      this.redis
        .run((redis) => redis.set(keyOf(serviceName), shown, 'PX', SHOWN_FOR_MS))
        .catch(() => undefined);
    }
  }

  private here(serviceName: ServiceName): Assembler {
    const { sizeLimit, inFlight, open } = this.lines.of(serviceName).view;
    return {
      replicaId: this.hosted.replicaId,
      sizeLimit,
      batchesInFlight: inFlight,
      open: open.slice(0, MOST_SHOWN).map(({ mergeKey, items, dueAtMs }) => ({
        operation: mergeKey.slice(0, mergeKey.indexOf(':')),
        mergeKey: mergeKey.slice(mergeKey.indexOf(':') + 1),
        requests: items,
        dueAt: dueAtMs === null ? null : new Date(dueAtMs).toISOString(),
      })),
    };
  }
}

function keyOf(serviceName: ServiceName): string {
  return `signalbox:batching:open:${serviceName}`;
}
