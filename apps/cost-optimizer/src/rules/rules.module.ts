import { Global, Module } from '@nestjs/common';
import { BudgetAlertController } from './budget-alert.controller.js';
import { ChangeRules } from './change-rules.js';
import { LiveRules } from './live-rules.js';
import { RulesController } from './rules.controller.js';

/** What admission goes by, as admins set it. */
@Global()
@Module({
  controllers: [RulesController, BudgetAlertController],
  providers: [LiveRules, ChangeRules],
  exports: [LiveRules, ChangeRules],
})
export class RulesModule {}
