import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Catch } from '@nestjs/common';
import { failure, type SignalboxError } from '@signalbox/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../logging/logger.js';
import { failureOf } from './failures.js';

/** Answers everything thrown, by a route or by the server below it, with the failure envelope. */
@Catch()
export class FailureAnswers implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.getArgByIndex<FastifyRequest>(0);
    const reply = host.getArgByIndex<FastifyReply>(1);
    const error = failureOf(thrown);
    if (error.code === 'INTERNAL') {
      const line = {
        err: thrown,
        correlationId: request.id,
        method: request.method,
        route: request.routeOptions.url,
      };
      this.logger.error(line, 'unexpected failure');
    }
    if (!reply.sent) sendFailure(reply, error, request.id);
  }
}

export function sendFailure(reply: FastifyReply, error: SignalboxError, correlationId: string): void {
  if (error.retryAfterSeconds !== undefined) {
    reply.header('retry-after', Math.max(1, Math.ceil(error.retryAfterSeconds)));
  }
  if (error.status === 401) reply.header('www-authenticate', 'Bearer');
  reply.code(error.status).send(failure(error, correlationId));
}
