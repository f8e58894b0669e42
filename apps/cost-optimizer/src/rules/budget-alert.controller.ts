import { Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  budgetAlertRequest,
  ok,
  type Budget,
  type BudgetAlertRequest,
  type Success,
} from '@signalbox/contracts';
import { shown, type VersionedConfig } from '@signalbox/hosting';
import { Access, Caller, ValidBody } from '@signalbox/platform';
import { ChangeRules } from './change-rules.js';

@ApiTags('costs')
@Controller('external-services')
export class BudgetAlertController {
  constructor(private readonly change: ChangeRules) {}

  /** Sets at which shares of a budget somebody is told, and whom the alert names. */
  @Post('budget-alert')
  @Access({ roles: ['admin', 'manager'], perMinute: 30 })
  async set(
    @ValidBody(budgetAlertRequest) request: BudgetAlertRequest,
    @Caller() caller: Caller,
  ): Promise<Success<Omit<VersionedConfig<Budget>, 'body'> & Budget>> {
    return ok(shown(await this.change.setAlerts(request, caller)));
  }
}
