import { Module } from '@nestjs/common';
import { BudgetAlerts } from './budget-alerts.js';
import { BudgetStates } from './budget-states.js';

/** Where budgets stand, for everybody who wants to know. */
@Module({ providers: [BudgetAlerts, BudgetStates] })
export class BudgetStateModule {}
