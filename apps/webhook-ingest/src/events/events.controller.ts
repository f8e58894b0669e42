import { Controller, Get, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  SignalboxError,
  ok,
  replayMany,
  replayOne,
  webhookEventsQuery,
  type Page,
  type ReplayMany,
  type ReplayOne,
  type ReplayedMany,
  type Success,
  type WebhookEventDetail,
  type WebhookEventSummary,
  type WebhookEventsQuery,
} from '@signalbox/contracts';
import { WebhookEvents, WebhookReplays } from '@signalbox/persistence';
import { Access, Caller, ValidBody, ValidQuery, assertMayTouch, servicesOf } from '@signalbox/platform';
import { changedBy } from '../changed-by.js';

const REPLAY_LIMIT = 1_000;

/** What was received, what became of it, and doing it again. */
@ApiTags('webhooks')
@Controller('external-services/webhook-events')
export class EventsController {
  constructor(
    private readonly events: WebhookEvents,
    private readonly replays: WebhookReplays,
  ) {}

  /** Newest first. */
  @Get()
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 60 })
  async list(
    @ValidQuery(webhookEventsQuery) query: WebhookEventsQuery,
    @Caller() caller: Caller,
  ): Promise<Success<Page<WebhookEventSummary>>> {
    return ok(await this.events.list({ ...query, services: servicesOf(caller) }));
  }

  /** One event with its payload and attempts. */
  @Get(':id')
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 60 })
  async get(@Param('id') id: string, @Caller() caller: Caller): Promise<Success<WebhookEventDetail>> {
    return ok(await this.eventFor(id, caller));
  }

  /** Every event that the query finds and that is done with, oldest first. A dry run, unless told otherwise. */
  @Post('replay')
  @Access({ roles: ['admin', 'manager'], perMinute: 30 })
  async replayMany(
    @ValidBody(replayMany) body: ReplayMany,
    @Caller() caller: Caller,
  ): Promise<Success<ReplayedMany>> {
    const { query, dryRun = true, limit = REPLAY_LIMIT, reason } = body;
    if (Object.keys(query).length === 0) {
      const fields = [{ path: 'query', message: 'must name at least one condition' }];
      throw new SignalboxError('VALIDATION_FAILED', 'query must name at least one condition', { fields });
    }
    if (query.serviceName !== undefined) assertMayTouch(caller, query.serviceName);
    const filter = { ...query, services: servicesOf(caller) };
    return ok(await this.replays.many({ filter, dryRun, limit, reason }, changedBy(caller)));
  }

  /** Processes it again, from the first attempt on. 409 while it is on its way. */
  @Post(':id/replay')
  @Access({ roles: ['admin', 'manager'], perMinute: 30 })
  async replay(
    @Param('id') id: string,
    @ValidBody(replayOne) { reason }: ReplayOne,
    @Caller() caller: Caller,
  ): Promise<Success<WebhookEventDetail>> {
    await this.eventFor(id, caller);
    await this.replays.one(id, changedBy(caller), reason);
    return ok(await this.events.get(id));
  }

  private async eventFor(id: string, caller: Caller): Promise<WebhookEventDetail> {
    const event = await this.events.get(id);
    assertMayTouch(caller, event.serviceName);
    return event;
  }
}
