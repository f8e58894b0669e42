import { Module } from '@nestjs/common';
import { BudgetGate } from './budget-gate.js';

@Module({ providers: [BudgetGate], exports: [BudgetGate] })
export class BudgetGateModule {}
