import { Controller, Get, Param, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  BATCH_END_STATES,
  batchRequest,
  batchWaitQuery,
  ok,
  SignalboxError,
  type BatchAccepted,
  type BatchRequest,
  type BatchRequestView,
  type BatchWaitQuery,
  type Success,
} from '@signalbox/contracts';
import { BatchItemStore, type BatchItemRecord } from '@signalbox/persistence';
import { Access, Caller, mayTouch, ValidBody, ValidQuery } from '@signalbox/platform';
import { AcceptRequest, tenantOf } from './accept-request.js';
import { EndWatch } from './end-watch.js';
import { viewOf } from './request-view.js';

@ApiTags('batching')
@Controller('external-services/batch-request')
export class BatchRequestController {
  constructor(
    private readonly acceptRequest: AcceptRequest,
    private readonly items: BatchItemStore,
    private readonly ends: EndWatch,
  ) {}

  /**
   * Queues a request: 202 with its id once it is safe. With `?wait=ms` the answer is held until the end of the
   * request, at most so long: 200 with the whole of it, or 202 when it has not ended by then.
   */
  @Post()
  @Access({ roles: ['admin', 'manager', 'service'], perMinute: 300 })
  async accept(
    @ValidBody(batchRequest) body: BatchRequest,
    @ValidQuery(batchWaitQuery) { wait = 0 }: BatchWaitQuery,
    @Caller() caller: Caller,
    @Res({ passthrough: true }) reply: { code(status: number): unknown },
  ): Promise<Success<BatchAccepted | BatchRequestView>> {
    const accepted = await this.acceptRequest.accept(body, caller);
    if (wait > 0) {
      const record = await this.until(accepted.requestId, wait);
      if (record !== null && isEnded(record)) return ok(viewOf(record));
      if (record !== null) accepted.state = record.state;
    }
    reply.code(202);
    return ok(accepted);
  }

  /** State and result; held with `?wait=ms` until the end, at most so long. A service sees its own requests only. */
  @Get(':requestId')
  @Access({ roles: ['admin', 'manager', 'service'], perMinute: 300 })
  async get(
    @Param('requestId') requestId: string,
    @ValidQuery(batchWaitQuery) { wait = 0 }: BatchWaitQuery,
    @Caller() caller: Caller,
  ): Promise<Success<BatchRequestView>> {
    const record = await this.visible(requestId, caller);
    if (wait === 0 || isEnded(record)) return ok(viewOf(record));
    return ok(viewOf((await this.until(requestId, wait)) ?? record));
  }

  private async visible(requestId: string, caller: Caller): Promise<BatchItemRecord> {
    const record = await this.items.find(requestId);
    const isTheirs =
      record !== null &&
      mayTouch(caller, record.serviceName) &&
      (caller.role !== 'service' || record.tenant === tenantOf(caller));
    // Whose it is, is nobody else's business: not even that it is there.
    if (!isTheirs) throw new SignalboxError('NOT_FOUND', 'There is no such request');
    return record;
  }

  private until(requestId: string, waitMs: number): Promise<BatchItemRecord | null> {
    return this.ends.until(
      requestId,
      waitMs,
      () => this.items.find(requestId),
      (record) => record === null || isEnded(record),
    );
  }
}

function isEnded({ state }: BatchItemRecord): boolean {
  const ends: readonly string[] = BATCH_END_STATES;
  return ends.includes(state);
}
