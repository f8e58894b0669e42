import { Controller, Delete, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  ok,
  overrideRequest,
  type OverrideAnswer,
  type OverrideRequest,
  type Success,
} from '@signalbox/contracts';
import { Access, Caller, ValidBody } from '@signalbox/platform';
import { ActivateOverride, type OverrideEnded } from './activate-override.js';

@ApiTags('routing')
@Controller('enhanced-traffic-coordination/emergency-override')
export class EmergencyOverrideController {
  constructor(private readonly overrides: ActivateOverride) {}

  /** Spends past the budget for a stated time and reason. */
  @Post()
  @Access({ roles: ['admin'], perMinute: 10 })
  async activate(
    @ValidBody(overrideRequest) request: OverrideRequest,
    @Caller() caller: Caller,
  ): Promise<Success<OverrideAnswer>> {
    return ok(
      await this.overrides.activate(request, caller),
      'Emergency coordination mode activated successfully',
    );
  }

  /** Ends one early. */
  @Delete(':coordinationId')
  @Access({ roles: ['admin'], perMinute: 10 })
  async cancel(
    @Param('coordinationId') coordinationId: string,
    @Caller() caller: Caller,
  ): Promise<Success<OverrideEnded>> {
    return ok(await this.overrides.cancel(coordinationId, caller), 'Emergency override ended');
  }
}
