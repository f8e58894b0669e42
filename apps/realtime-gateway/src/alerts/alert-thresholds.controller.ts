import { Controller, Get, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  ok,
  putAlerting,
  type Alerting,
  type PutAlerting,
  type ServiceName,
  type Success,
} from '@signalbox/contracts';
import { shown, type VersionedConfig } from '@signalbox/hosting';
import { Access, Caller, ServiceParam, ValidBody } from '@signalbox/platform';
import { AlertingRules } from './alerting-rules.js';

type Shown = Omit<VersionedConfig<Alerting>, 'body'> & Alerting;

@ApiTags('admin')
@Controller('admin/alert-thresholds')
export class AlertThresholdsController {
  constructor(private readonly rules: AlertingRules) {}

  /** From where a service's figures raise an alert, and when one escalates, as this replica goes by it. */
  @Get(':serviceName')
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  get(@ServiceParam() serviceName: ServiceName): Success<Shown> {
    return ok(shown(this.rules.get(serviceName)));
  }

  /** Replaces the thresholds whole; 409 when `expectedVersion` is not the live one. */
  @Put(':serviceName')
  @Access({ roles: ['admin'], perMinute: 30 })
  async put(
    @ServiceParam() serviceName: ServiceName,
    @ValidBody(putAlerting) body: PutAlerting,
    @Caller() caller: Caller,
  ): Promise<Success<Shown>> {
    return ok(shown(await this.rules.put(serviceName, body, caller)));
  }
}
