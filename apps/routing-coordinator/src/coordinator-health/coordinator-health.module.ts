import { Module } from '@nestjs/common';
import { AnalyticsModule } from '../analytics/analytics.module.js';
import { CoordinatorHealthController } from './coordinator-health.controller.js';
import { CatalogCheck } from './catalog-check.js';

@Module({
  imports: [AnalyticsModule],
  controllers: [CoordinatorHealthController],
  providers: [CatalogCheck],
})
export class CoordinatorHealthModule {}
