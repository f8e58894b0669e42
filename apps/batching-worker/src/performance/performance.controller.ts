import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  ok,
  rangeQuery,
  SERVICE_NAMES,
  type BatchingPerformance,
  type RangeQuery,
  type Success,
} from '@signalbox/contracts';
import { Access, Caller, mayTouch, ValidQuery } from '@signalbox/platform';
import { PerformanceFigures } from './performance-figures.js';

@ApiTags('batching')
@Controller('external-services/batching-performance')
export class PerformanceController {
  constructor(private readonly figures: PerformanceFigures) {}

  /** What batching saved, measured over whole hours: the last 24 unless `from` and `to` say otherwise. */
  @Get()
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 60 })
  async get(
    @ValidQuery(rangeQuery) range: RangeQuery,
    @Caller() caller: Caller,
  ): Promise<Success<BatchingPerformance>> {
    const services = SERVICE_NAMES.filter((name) => mayTouch(caller, name));
    return ok(await this.figures.of(services, range));
  }
}
