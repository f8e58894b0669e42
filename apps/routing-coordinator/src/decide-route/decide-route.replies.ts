import { Controller } from '@nestjs/common';
import {
  DECISIONS_QUEUE_GROUP,
  DECISIONS_REQUEST,
  decisionRequest,
  ok,
  type DecisionAnswer,
  type DecisionRequest,
  type Success,
} from '@signalbox/contracts';
import { Replies } from '@signalbox/messaging';
import { DECIDED } from './decide-route.controller.js';
import { DecideRoute } from './decide-route.js';

/** The same question over NATS. Who may ask is the NATS server's own authentication. */
@Controller()
export class DecideRouteReplies {
  constructor(private readonly decideRoute: DecideRoute) {}

  @Replies(DECISIONS_REQUEST, { queue: DECISIONS_QUEUE_GROUP, request: decisionRequest })
  decide(request: DecisionRequest): Success<DecisionAnswer> {
    return ok(this.decideRoute.execute(request, null), DECIDED);
  }
}
