import { Module } from '@nestjs/common';
import { AnalyticsModule } from '../analytics/analytics.module.js';
import { CoordinatorHealthController } from './coordinator-health.controller.js';
import { DependencyChecks } from './dependency-checks.js';

@Module({
  imports: [AnalyticsModule],
  controllers: [CoordinatorHealthController],
  providers: [DependencyChecks],
})
export class CoordinatorHealthModule {}
