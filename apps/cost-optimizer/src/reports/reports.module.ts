import { Module } from '@nestjs/common';
import { CostMonitoringModule } from '../cost-monitoring/cost-monitoring.module.js';
import { OptimizationModule } from '../optimization/optimization.module.js';
import { CostReplies } from './cost.replies.js';

@Module({ imports: [CostMonitoringModule, OptimizationModule], controllers: [CostReplies] })
export class ReportsModule {}
