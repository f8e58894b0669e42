import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError, type DecisionAnswer, type DecisionRequest } from '@signalbox/contracts';
import type { Refused } from '@signalbox/routing';
import type { Clock } from '@signalbox/statistics';
import { COORDINATOR_SETTINGS, type CoordinatorSettings } from '../config.js';
import { CLOCK } from '@signalbox/hosting';
import { BudgetGate } from '../budget-gate/budget-gate.js';
import { AgentContext } from './agent-context.js';
import { answerOf, excludedNodeOf } from './decision-answer.js';
import { DecisionNews } from './decision-news.js';
import { RouteCall } from './route-call.js';

/**
 * Chooses the node for one call. Everything it reads is in this process and nothing is awaited: a dead
 * database, cache or bus cannot slow a decision down.
 */
@Injectable()
export class DecideRoute {
  constructor(
    private readonly calls: RouteCall,
    private readonly agents: AgentContext,
    private readonly news: DecisionNews,
    private readonly budgets: BudgetGate,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(COORDINATOR_SETTINGS) private readonly settings: CoordinatorSettings,
  ) {}

  /**
   * @throws SignalboxError BUDGET_EXHAUSTED or NO_ELIGIBLE_NODE with every node's reason, TRAFFIC_SHED while a
   * failure is being contained, DEPENDENCY_UNAVAILABLE before the first configuration has arrived.
   */
  execute(request: DecisionRequest, caller: string | null): DecisionAnswer {
    const startedMs = performance.now();
    const call = this.calls.route(request);
    const routedMs = performance.now();
    if (!('overrideId' in call)) {
      this.news.refused(request.serviceName, call.routing.code);
      throw refusal(request, call.routing, this.budgets.exhausted(request.serviceName));
    }
    const { coordinationId, routing, overrideId, leaseId } = call;
    const agents = this.agents.integrate(request, coordinationId);
    const integratedMs = performance.now();
    const answer = answerOf({
      request,
      coordinationId,
      routing,
      agents,
      overrideActive: overrideId !== null,
      timing: { startedMs, routedMs, integratedMs, endedMs: performance.now() },
      replicaId: this.settings.replicaId,
      decidedAtMs: this.clock.nowMs(),
    });
    this.news.made({ request, caller, answer, routing, overrideId, leaseId });
    return answer;
  }
}

function refusal(
  { serviceName }: DecisionRequest,
  { code, excluded }: Refused,
  budget: { renewsAt: string } | null,
): SignalboxError {
  const why = excluded.map((node) => `${node.nodeId}: ${node.reason}`).join(', ');
  const message =
    code === 'BUDGET_EXHAUSTED'
      ? `No node of ${serviceName} fits the budget or the cost limit of this call (${why})`
      : `No node of ${serviceName} can take this call (${why})`;
  const ofBudget = code === 'BUDGET_EXHAUSTED' && budget !== null ? { budget } : {};
  return new SignalboxError(code, message, { excluded: excluded.map(excludedNodeOf), ...ofBudget });
}
