import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  ok,
  type ServiceHealth,
  type ServiceName,
  type ServicesStatus,
  type Success,
} from '@signalbox/contracts';
import { Access, Caller, ServiceParam, mayTouch } from '@signalbox/platform';
import { ServiceStatuses } from './service-status.js';

@ApiTags('realtime')
@Controller('external-services')
export class ServiceStatusController {
  constructor(private readonly statuses: ServiceStatuses) {}

  /** All services at a glance: health, circuits, error rate, latency, spend, queue. */
  @Get('status')
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 120 })
  async all(@Caller() caller: Caller): Promise<Success<ServicesStatus>> {
    return ok(await this.statuses.all((serviceName) => mayTouch(caller, serviceName)));
  }

  /** One service with its nodes. */
  @Get(':serviceName/health')
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 120 })
  async one(@ServiceParam() serviceName: ServiceName): Promise<Success<ServiceHealth>> {
    return ok(await this.statuses.one(serviceName));
  }
}
