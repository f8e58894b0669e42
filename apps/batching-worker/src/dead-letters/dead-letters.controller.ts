import { Controller, Get, Inject, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  batchDeadLetterChange,
  batchDeadLetterQuery,
  ok,
  SignalboxError,
  type BatchDeadLetterChange,
  type BatchDeadLetterChanged,
  type BatchDeadLetterQuery,
  type BatchDeadLetterView,
  type Page,
  type Success,
} from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import {
  BatchDeadLetterStore,
  type BatchItemRecord,
  type ChangedBy,
  type DeadLetterFilter,
} from '@signalbox/persistence';
import { Access, Caller, Correlation, servicesOf, ValidBody, ValidQuery } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import { viewOf } from '../accept/request-view.js';
import { ItemQueues } from '../queue/item-queues.js';

const MOST_CHANGED = 500;

/** Requests that ended without a result: somebody looks why, and tries again or lets go. */
@ApiTags('admin')
@Controller('admin/batch-dead-letters')
export class DeadLettersController {
  constructor(
    private readonly store: BatchDeadLetterStore,
    private readonly queues: ItemQueues,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Newest first. */
  @Get()
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  async list(
    @ValidQuery(batchDeadLetterQuery) query: BatchDeadLetterQuery,
    @Caller() caller: Caller,
  ): Promise<Success<Page<BatchDeadLetterView>>> {
    const { limit, cursor, ...filter } = query;
    const page = await this.store.list(
      { ...filter, services: servicesOf(caller) },
      { ...(limit !== undefined && { limit }), ...(cursor !== undefined && { cursor }) },
    );
    return ok({ items: page.items.map(shown), nextCursor: page.nextCursor });
  }

  /** One with its payload. */
  @Get(':requestId')
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  async get(
    @Param('requestId') requestId: string,
    @Caller() caller: Caller,
  ): Promise<Success<BatchDeadLetterView>> {
    const { items } = await this.store.list(
      { requestIds: [requestId], services: servicesOf(caller) },
      { limit: 1 },
    );
    const [record] = items;
    if (record === undefined) throw notThere();
    return ok({ ...shown(record), payload: record.payload });
  }

  /** Those that match wait for a batch again, the oldest first, at most 500; with `dryRun` nothing changes. */
  @Post('replay')
  @Access({ roles: ['admin'], perMinute: 30 })
  replayMany(
    @ValidBody(batchDeadLetterChange) body: BatchDeadLetterChange,
    @Caller() caller: Caller,
  ): Promise<Success<BatchDeadLetterChanged>> {
    return this.change(body, caller, (filter, limit) => this.replay(filter, limit, caller));
  }

  /** Those that match end as discarded, the oldest first, at most 500; with `dryRun` nothing changes. */
  @Post('discard')
  @Access({ roles: ['admin'], perMinute: 30 })
  discardMany(
    @ValidBody(batchDeadLetterChange) body: BatchDeadLetterChange,
    @Caller() caller: Caller,
  ): Promise<Success<BatchDeadLetterChanged>> {
    return this.change(body, caller, (filter, limit) =>
      this.store.discard(filter, limit, this.clock.nowMs(), by(caller)),
    );
  }

  @Post(':requestId/replay')
  @Access({ roles: ['admin'], perMinute: 60 })
  async replayOne(
    @Param('requestId') requestId: string,
    @Caller() caller: Caller,
  ): Promise<Success<{ requestId: string; state: 'queued' }>> {
    const replayed = await this.replay({ requestIds: [requestId], services: servicesOf(caller) }, 1, caller);
    if (replayed.length === 0) throw notThere();
    return ok({ requestId, state: 'queued' });
  }

  @Post(':requestId/discard')
  @Access({ roles: ['admin'], perMinute: 60 })
  async discardOne(
    @Param('requestId') requestId: string,
    @Caller() caller: Caller,
  ): Promise<Success<{ requestId: string; state: 'discarded' }>> {
    const filter = { requestIds: [requestId], services: servicesOf(caller) };
    const discarded = await this.store.discard(filter, 1, this.clock.nowMs(), by(caller));
    if (discarded.length === 0) throw notThere();
    return ok({ requestId, state: 'discarded' });
  }

  private async change(
    { limit = MOST_CHANGED, dryRun = false, ...filter }: BatchDeadLetterChange,
    caller: Caller,
    make: (filter: DeadLetterFilter, limit: number) => Promise<string[]>,
  ): Promise<Success<BatchDeadLetterChanged>> {
    const among = { ...filter, services: servicesOf(caller) };
    const matching = await this.store.count(among);
    const requestIds = dryRun ? await this.store.oldest(among, limit) : await make(among, limit);
    return ok({ dryRun, matching, requestIds });
  }

  private async replay(filter: DeadLetterFilter, limit: number, caller: Caller): Promise<string[]> {
    const items = await this.store.replay(filter, limit, this.clock.nowMs(), by(caller));
    for (const item of items) this.queues.offer(item);
    return items.map(({ requestId }) => requestId);
  }
}

function shown(record: BatchItemRecord): BatchDeadLetterView {
  const { tenant, idempotencyKey, correlationId, replays } = record;
  return { ...viewOf(record), tenant, idempotencyKey, correlationId, replays };
}

function by(caller: Caller): ChangedBy {
  return { actor: caller.subject, role: caller.role, correlationId: Correlation.id() ?? 'none' };
}

function notThere(): SignalboxError {
  return new SignalboxError('NOT_FOUND', 'There is no such dead letter');
}
