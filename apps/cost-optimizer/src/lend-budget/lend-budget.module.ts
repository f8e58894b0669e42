import { Module } from '@nestjs/common';
import { LendBudgetReplies } from './lend-budget.replies.js';

@Module({ controllers: [LendBudgetReplies] })
export class LendBudgetModule {}
