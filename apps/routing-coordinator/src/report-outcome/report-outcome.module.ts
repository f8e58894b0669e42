import { Module } from '@nestjs/common';
import { OutcomeConsumer } from './outcome.consumer.js';
import { ReportOutcomeController } from './report-outcome.controller.js';
import { TakeOutcome } from './take-outcome.js';

@Module({ controllers: [ReportOutcomeController, OutcomeConsumer], providers: [TakeOutcome] })
export class ReportOutcomeModule {}
