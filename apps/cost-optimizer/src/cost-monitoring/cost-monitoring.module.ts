import { Module } from '@nestjs/common';
import { CostMonitoringController } from './cost-monitoring.controller.js';
import { CostMonitoring } from './cost-monitoring.js';
import { SpendProjections } from './spend-projections.js';

/** Where the money goes and where it will have gone. */
@Module({
  controllers: [CostMonitoringController],
  providers: [CostMonitoring, SpendProjections],
  exports: [CostMonitoring],
})
export class CostMonitoringModule {}
