import { Module, type DynamicModule } from '@nestjs/common';
import { AdmitCallModule } from './admit-call/admit-call.module.js';
import { AnomaliesModule } from './anomalies/anomalies.module.js';
import { BudgetStateModule } from './budget-state/budget-state.module.js';
import type { CostOptimizerSettings } from './config.js';
import { CostMonitoringModule } from './cost-monitoring/cost-monitoring.module.js';
import { CostAnalysisModule } from './forecasts/cost-analysis.module.js';
import { ForecasterModule } from './forecasts/forecaster.module.js';
import { LedgerModule } from './ledger/ledger.module.js';
import { LendBudgetModule } from './lend-budget/lend-budget.module.js';
import { OptimizationModule } from './optimization/optimization.module.js';
import { ReportsModule } from './reports/reports.module.js';
import { RulesModule } from './rules/rules.module.js';
import { SavingsModule } from './savings/savings.module.js';
import { SettleSpendModule } from './settle-spend/settle-spend.module.js';

/** Budgets, limits, forecasts and savings: what a call may cost, and what it did. */
@Module({})
export class CostOptimizerModule {
  static with(settings: CostOptimizerSettings): DynamicModule {
    return {
      module: CostOptimizerModule,
      imports: [
        // What everything stands on.
        RulesModule,
        LedgerModule.with(settings),
        // The main job.
        AdmitCallModule,
        SettleSpendModule,
        LendBudgetModule,
        // What is told.
        BudgetStateModule,
        ForecasterModule,
        CostMonitoringModule,
        // What would save, and what did.
        SavingsModule,
        AnomaliesModule,
        CostAnalysisModule,
        OptimizationModule,
        ReportsModule,
      ],
    };
  }
}
