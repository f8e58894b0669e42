import { Module } from '@nestjs/common';
import { CoordinationIdsModule } from '../decide-route/coordination-ids.module.js';
import { ActivateOverride } from './activate-override.js';
import { BudgetRefusals } from './budget-refusals.js';
import { EmergencyOverrideController } from './emergency-override.controller.js';
import { OverrideLedger } from './override-ledger.js';
import { OverrideNews } from './override-news.js';

@Module({
  imports: [CoordinationIdsModule],
  controllers: [EmergencyOverrideController],
  providers: [ActivateOverride, BudgetRefusals, OverrideLedger, OverrideNews],
  exports: [BudgetRefusals, OverrideLedger],
})
export class EmergencyOverrideModule {}
