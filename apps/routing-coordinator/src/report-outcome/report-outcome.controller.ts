import { Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ok, outcomeReport, type OutcomeReport, type Success } from '@signalbox/contracts';
import { Access, ValidBody, Correlation } from '@signalbox/platform';
import { TakeOutcome } from './take-outcome.js';

interface ReportAnswer {
  coordinationId: string;
  nodeId: string;
  /** False when the outcome had been reported before: nothing changed. */
  recorded: boolean;
}

@ApiTags('routing')
@Controller('enhanced-traffic-coordination')
export class ReportOutcomeController {
  constructor(private readonly takeOutcome: TakeOutcome) {}

  /** Tells what became of a routed call; reporting twice changes nothing. */
  @Post('report-outcome')
  @Access({ roles: ['admin', 'manager', 'service'], perMinute: 300, hot: true })
  async report(@ValidBody(outcomeReport) report: OutcomeReport): Promise<Success<ReportAnswer>> {
    const receipt = await this.takeOutcome.report(report, Correlation.id());
    const { coordinationId, nodeId } = report;
    return ok({ coordinationId, nodeId, recorded: receipt === 'recorded' });
  }
}
