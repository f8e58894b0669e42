import { Controller, Get, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  admissionRequest,
  ok,
  type AdmissionAnswer,
  type AdmissionRequest,
  type RateLimitAnswer,
  type ServiceName,
  type Success,
} from '@signalbox/contracts';
import { Access, ServiceParam, ValidBody } from '@signalbox/platform';
import type { FastifyReply } from 'fastify';
import { ObservedLedger } from '../ledger/observed-ledger.js';
import { LiveRules } from '../rules/live-rules.js';
import { tierStatesOf } from './admission-answer.js';
import { AdmitCall } from './admit-call.js';

@ApiTags('costs')
@Controller('external-services')
export class AdmitCallController {
  constructor(
    private readonly admitCall: AdmitCall,
    private readonly ledger: ObservedLedger,
    private readonly rules: LiveRules,
  ) {}

  /** Admits a call, reserving what it may cost, or says what refuses it and when to come back. */
  @Post('check-rate-limit')
  @Access({ roles: ['admin', 'manager', 'service'], perMinute: 300 })
  async check(
    @ValidBody(admissionRequest) request: AdmissionRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Success<AdmissionAnswer>> {
    const answer = await this.admitCall.execute(request);
    // For proxies and clients that know the header and not the body.
    if (answer.retryAfterSeconds !== null) reply.header('retry-after', answer.retryAfterSeconds);
    return ok(answer);
  }

  /** Where each tier stands: its limit, what is used and left, and when it is whole again. */
  @Get(':serviceName/rate-limit')
  @Access({ roles: ['admin', 'manager', 'user', 'service'], perMinute: 120 })
  async tiers(@ServiceParam() serviceName: ServiceName): Promise<Success<RateLimitAnswer>> {
    const { shadow } = this.rules.of(serviceName).limits;
    const { atMs, tiers } = await this.ledger.state(serviceName);
    const { burst, sustained, daily } = tierStatesOf(tiers);
    return ok({
      serviceName,
      asOf: new Date(atMs).toISOString(),
      tiers: {
        burst: { ...burst, shadow: shadow?.burst ?? false },
        sustained: { ...sustained, shadow: shadow?.sustained ?? false },
        daily: { ...daily, shadow: shadow?.daily ?? false },
      },
    });
  }
}
