import { Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  decisionRequest,
  ok,
  type DecisionAnswer,
  type DecisionRequest,
  type Success,
} from '@signalbox/contracts';
import { Access, Caller, ValidBody } from '@signalbox/platform';
import { DecideRoute } from './decide-route.js';

export const DECIDED = 'Enhanced traffic coordination completed successfully';

@ApiTags('routing')
@Controller('enhanced-traffic-coordination')
export class DecideRouteController {
  constructor(private readonly decideRoute: DecideRoute) {}

  /** Chooses a node for a call. */
  @Post('execute-coordination')
  @Access({ roles: ['admin', 'manager', 'service'], perMinute: 300, hot: true })
  decide(
    @ValidBody(decisionRequest) request: DecisionRequest,
    @Caller() caller: Caller,
  ): Success<DecisionAnswer> {
    return ok(this.decideRoute.execute(request, caller.subject), DECIDED);
  }
}
