import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  SERVICE_NAMES,
  ok,
  webhookStatsQuery,
  type ServiceName,
  type Success,
  type WebhookCoordination,
  type WebhookStats,
  type WebhookStatsQuery,
} from '@signalbox/contracts';
import { Access, Caller, ValidQuery, mayTouch } from '@signalbox/platform';
import { WebhookFigures } from './webhook-figures.js';

const PEOPLE = ['admin', 'manager', 'user'] as const;

@ApiTags('webhooks')
@Controller()
export class StatisticsController {
  constructor(private readonly figures: WebhookFigures) {}

  /** Received, verified, refused, duplicate, processed, retrying, dead and latency of each service; an hour by default. */
  @Get('external-services/webhook-coordination')
  @Access({ roles: PEOPLE, perMinute: 60 })
  async coordination(
    @ValidQuery(webhookStatsQuery) query: WebhookStatsQuery,
    @Caller() caller: Caller,
  ): Promise<Success<WebhookCoordination>> {
    const { timeframe = '1h' } = query;
    return ok(await this.figures.coordination({ timeframe, services: shownTo(caller, query.serviceName) }));
  }

  /** The same, with a series and trends against the span before; a day by default. */
  @Get('stream-b-coordination/webhooks/stats')
  @Access({ roles: PEOPLE, perMinute: 60 })
  async stats(
    @ValidQuery(webhookStatsQuery) query: WebhookStatsQuery,
    @Caller() caller: Caller,
  ): Promise<Success<WebhookStats>> {
    const { timeframe = '24h' } = query;
    return ok(await this.figures.stats({ timeframe, services: shownTo(caller, query.serviceName) }));
  }
}

function shownTo(caller: Caller, asked: ServiceName | undefined): ServiceName[] {
  return SERVICE_NAMES.filter((name) => mayTouch(caller, name) && (asked === undefined || asked === name));
}
