import { Controller, Get, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  ok,
  putBudget,
  putRateLimit,
  type Budget,
  type PutBudget,
  type PutRateLimit,
  type RateLimit,
  type ServiceName,
  type Success,
} from '@signalbox/contracts';
import { shown, type VersionedConfig } from '@signalbox/hosting';
import { Access, Caller, ServiceParam, ValidBody } from '@signalbox/platform';
import { ChangeRules } from './change-rules.js';
import { LiveRules } from './live-rules.js';

type Shown<T> = Omit<VersionedConfig<T>, 'body'> & T;

@ApiTags('admin')
@Controller('admin')
export class RulesController {
  constructor(
    private readonly live: LiveRules,
    private readonly change: ChangeRules,
  ) {}

  /** What a service may spend, as this replica admits by it. */
  @Get('budgets/:serviceName')
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  budget(@ServiceParam() serviceName: ServiceName): Success<Shown<Budget>> {
    return ok(shown(this.live.budgets.get(serviceName)));
  }

  /** Replaces a budget whole; 409 when `expectedVersion` is not the live one. */
  @Put('budgets/:serviceName')
  @Access({ roles: ['admin'], perMinute: 30 })
  async putBudget(
    @ServiceParam() serviceName: ServiceName,
    @ValidBody(putBudget) body: PutBudget,
    @Caller() caller: Caller,
  ): Promise<Success<Shown<Budget>>> {
    return ok(shown(await this.change.putBudget(serviceName, body, caller)));
  }

  /** How often a service may be called, as this replica admits by it. */
  @Get('rate-limits/:serviceName')
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  rateLimit(@ServiceParam() serviceName: ServiceName): Success<Shown<RateLimit>> {
    return ok(shown(this.live.limits.get(serviceName)));
  }

  /** Replaces the limits whole; 409 when `expectedVersion` is not the live one. */
  @Put('rate-limits/:serviceName')
  @Access({ roles: ['admin'], perMinute: 30 })
  async putRateLimit(
    @ServiceParam() serviceName: ServiceName,
    @ValidBody(putRateLimit) body: PutRateLimit,
    @Caller() caller: Caller,
  ): Promise<Success<Shown<RateLimit>>> {
    return ok(shown(await this.change.putRateLimit(serviceName, body, caller)));
  }
}
