import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError, type DecisionAnswer, type DecisionRequest } from '@signalbox/contracts';
import { RoutingEngine, type RouteResult } from '@signalbox/routing';
import { BudgetRefusals } from '../emergency-override/budget-refusals.js';
import { OverrideLedger } from '../emergency-override/override-ledger.js';
import { TrafficHolds } from '../recovery/traffic-holds.js';
import type { Clock } from '@signalbox/statistics';
import { CLOCK } from '../engine/ambient.js';
import { COORDINATOR_SETTINGS, type CoordinatorSettings } from '../config.js';
import { DecisionMetrics } from './decision-metrics.js';
import { DecisionFeed } from './decision-feed.js';
import { CoordinationIds } from './coordination-ids.js';
import { AgentContext } from './agent-context.js';
import { answerOf } from './decision-answer.js';
import { routeRequestOf } from './route-request.js';

/**
 * Chooses the node for one call. Everything it reads is in this process and nothing is awaited: a dead
 * database, cache or bus cannot slow a decision down.
 */
@Injectable()
export class DecideRoute {
  constructor(
    private readonly engine: RoutingEngine,
    private readonly ids: CoordinationIds,
    private readonly agents: AgentContext,
    private readonly holds: TrafficHolds,
    private readonly overrides: OverrideLedger,
    private readonly budgets: BudgetRefusals,
    private readonly feed: DecisionFeed,
    private readonly metrics: DecisionMetrics,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(COORDINATOR_SETTINGS) private readonly settings: CoordinatorSettings,
  ) {}

  /**
   * @throws SignalboxError BUDGET_EXHAUSTED or NO_ELIGIBLE_NODE with every node's reason, or TRAFFIC_SHED while a
   * cascade is being contained.
   */
  execute(request: DecisionRequest, caller: string | null): DecisionAnswer {
    const startedMs = performance.now();
    const coordinationId = this.ids.next('coordination');
    const asked = routeRequestOf(request, coordinationId);
    this.holds.admit(request.serviceName, asked.priority);
    const held = asked.strategy === undefined ? this.holds.strategyFor(request.serviceName) : null;
    const routing = this.engine.decide(held === null ? asked : { ...asked, strategy: held });
    const routedMs = performance.now();
    if (routing.kind === 'refused') throw this.refusal(request, routing);

    const overrideId =
      routing.overrideDrawMicroUsd > 0
        ? (this.overrides.activeOf(request.serviceName)?.state.terms.overrideId ?? null)
        : null;
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
    this.feed.publish({ request, caller, answer, routing, overrideId });
    this.metrics.decided(request.serviceName, answer);
    return answer;
  }

  private refusal(
    request: DecisionRequest,
    refused: Extract<RouteResult, { kind: 'refused' }>,
  ): SignalboxError {
    this.metrics.refused(request.serviceName, refused.code);
    if (refused.code === 'BUDGET_EXHAUSTED') this.budgets.refused(request.serviceName);
    const why = refused.excluded.map((node) => `${node.nodeId}: ${node.reason}`).join(', ');
    const message =
      refused.code === 'BUDGET_EXHAUSTED'
        ? `No node of ${request.serviceName} fits the budget or the cost limit of this call (${why})`
        : `No node of ${request.serviceName} can take this call (${why})`;
    return new SignalboxError(refused.code, message, { excluded: refused.excluded });
  }
}
