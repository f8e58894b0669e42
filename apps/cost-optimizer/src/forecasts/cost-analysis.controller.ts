import { Controller, Get, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  SERVICE_NAMES,
  costAnalysisQuery,
  ok,
  type CostAnalysis as CostAnalysisAnswer,
  type CostAnalysisQuery,
  type Success,
} from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { Access, Caller, ValidQuery, mayTouch } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import { rangeOf } from '../savings/time-range.js';
import { CostAnalysis } from './cost-analysis.js';

@ApiTags('costs')
@Controller('stream-b-coordination')
export class CostAnalysisController {
  constructor(
    private readonly analysis: CostAnalysis,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Where the money goes by service, node, operation and strategy; anomalies; forecasts. */
  @Get('cost/analysis')
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 60 })
  async get(
    @ValidQuery(costAnalysisQuery) query: CostAnalysisQuery,
    @Caller() caller: Caller,
  ): Promise<Success<CostAnalysisAnswer>> {
    const services = SERVICE_NAMES.filter((service) => mayTouch(caller, service));
    const range = rangeOf(query, this.clock.nowMs());
    return ok(
      await this.analysis.of(query.serviceName === undefined ? services : [query.serviceName], range),
    );
  }
}
