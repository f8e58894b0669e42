import { Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { errorEvent, ok, type ErrorEvent, type ErrorEventAnswer, type Success } from '@signalbox/contracts';
import { Access, ValidBody, Correlation } from '@signalbox/platform';
import { HandleError } from './handle-error.js';

@ApiTags('routing')
@Controller('enhanced-traffic-coordination')
export class ErrorEventsController {
  constructor(private readonly handleError: HandleError) {}

  /** A service's error event: the same handling as `errors.reported` on NATS. */
  @Post('backend-agent-error')
  @Access({ roles: ['admin', 'manager', 'service'], perMinute: 300 })
  async report(@ValidBody(errorEvent) error: ErrorEvent): Promise<Success<ErrorEventAnswer>> {
    return ok(
      await this.handleError.report(error, Correlation.id()),
      'Backend Agent error handled successfully',
    );
  }
}
