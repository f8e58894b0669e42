import { Controller, Get, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  SERVICE_NAMES,
  costSavingsQuery,
  ok,
  type CostSavings as CostSavingsAnswer,
  type CostSavingsQuery,
  type Success,
} from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { Access, Caller, ValidQuery, mayTouch } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import { CostSavings } from './cost-savings.js';
import { rangeOf } from './time-range.js';

@ApiTags('costs')
@Controller('external-services')
export class CostSavingsController {
  constructor(
    private readonly savings: CostSavings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** What routing, batching, deduplication and limiting saved, the last 24 h unless said otherwise. */
  @Get('analytics/cost-savings')
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 60 })
  async get(
    @ValidQuery(costSavingsQuery) query: CostSavingsQuery,
    @Caller() caller: Caller,
  ): Promise<Success<CostSavingsAnswer>> {
    const services = SERVICE_NAMES.filter((service) => mayTouch(caller, service));
    const range = rangeOf(query, this.clock.nowMs());
    return ok(await this.savings.of(query.serviceName === undefined ? services : [query.serviceName], range));
  }
}
