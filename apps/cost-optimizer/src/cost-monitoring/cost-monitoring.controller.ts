import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  SERVICE_NAMES,
  costMonitoringQuery,
  ok,
  type CostMonitoring as CostMonitoringAnswer,
  type CostMonitoringQuery,
  type Success,
} from '@signalbox/contracts';
import { Access, Caller, ValidQuery, mayTouch } from '@signalbox/platform';
import { CostMonitoring } from './cost-monitoring.js';

@ApiTags('costs')
@Controller('external-services')
export class CostMonitoringController {
  constructor(private readonly monitoring: CostMonitoring) {}

  /** Spend, budgets, utilisation and projections, per service and in all of those that the caller may see. */
  @Get('cost-monitoring')
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 60 })
  async get(
    @ValidQuery(costMonitoringQuery) { serviceName }: CostMonitoringQuery,
    @Caller() caller: Caller,
  ): Promise<Success<CostMonitoringAnswer>> {
    const services = SERVICE_NAMES.filter((service) => mayTouch(caller, service));
    return ok(await this.monitoring.of(serviceName === undefined ? services : [serviceName]));
  }
}
