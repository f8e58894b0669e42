import { Module, type DynamicModule } from '@nestjs/common';
import type { CostOptimizerSettings } from './config.js';

/** Budgets, limits, forecasts and savings: what a call may cost, and what it did. */
@Module({})
export class CostOptimizerModule {
  static with(_settings: CostOptimizerSettings): DynamicModule {
    return { module: CostOptimizerModule, imports: [] };
  }
}
