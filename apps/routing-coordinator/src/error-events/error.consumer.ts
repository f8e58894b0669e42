import { Controller } from '@nestjs/common';
import type { ErrorReported } from '@signalbox/contracts';
import { OnFact } from '@signalbox/messaging';
import { HandleError } from './handle-error.js';

/** Every replica takes every error event: the next decision on any of them knows of it. */
@Controller()
export class ErrorConsumer {
  constructor(private readonly handleError: HandleError) {}

  @OnFact('errors.reported', { consumer: 'errors', delivery: 'every-replica' })
  async onError(event: ErrorReported): Promise<void> {
    await this.handleError.consume(event);
  }
}
