import { Inject, Injectable } from '@nestjs/common';
import {
  SignalboxError,
  toMicroUsd,
  toUsd,
  type OverrideAnswer,
  type OverrideRequest,
} from '@signalbox/contracts';
import { Auditor, Correlation, assertMayTouch, type Caller } from '@signalbox/platform';
import {
  RoutingEngine,
  openOverride,
  cancelOverride,
  spentMicroUsdOf,
  type Routed,
} from '@signalbox/routing';
import type { Clock } from '@signalbox/statistics';
import { LiveCatalog } from '../catalog/live-catalog.js';
import { COORDINATOR_SETTINGS, type CoordinatorSettings } from '../config.js';
import { CoordinationIds } from '../decide-route/coordination-ids.js';
import { excludedNodeOf, selectedNodeOf } from '../decide-route/decision-answer.js';
import { previewRequest } from '../decide-route/route-request.js';
import { CLOCK } from '@signalbox/hosting';
import { OverrideLedger } from './override-ledger.js';
import { OverrideNews } from './override-news.js';
import type { SharedOverride } from './shared-override.js';

export interface OverrideEnded {
  coordinationId: string;
  serviceName: string;
  endReason: string;
  spentUsd: number;
}

/** Lets a service spend past its budget for a stated time and reason, and ends that early. */
@Injectable()
export class ActivateOverride {
  constructor(
    private readonly ledger: OverrideLedger,
    private readonly news: OverrideNews,
    private readonly engine: RoutingEngine,
    private readonly catalog: LiveCatalog,
    private readonly ids: CoordinationIds,
    private readonly auditor: Auditor,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(COORDINATOR_SETTINGS) private readonly settings: CoordinatorSettings,
  ) {}

  /** @throws SignalboxError VALIDATION_FAILED past the cap, OVERRIDE_ALREADY_ACTIVE, DEPENDENCY_UNAVAILABLE */
  async activate(request: OverrideRequest, caller: Caller): Promise<OverrideAnswer> {
    const overrideId = this.ids.next('emergency');
    const shared: SharedOverride = {
      request,
      activatedBy: caller.subject,
      state: openOverride(
        {
          overrideId,
          serviceName: request.serviceName,
          amountMicroUsd: toMicroUsd(request.maxBudgetOverride),
          leastCallMicroUsd: this.leastCallMicroUsd(request),
          durationMinutes: request.durationMinutes,
        },
        this.clock.nowMs(),
        toMicroUsd(this.settings.overrideCapUsd),
      ),
    };
    await this.ledger.open(shared);
    await this.auditor.record({
      actor: caller.subject,
      role: caller.role,
      action: 'override.activated',
      object: `override:${overrideId}`,
      serviceName: request.serviceName,
      before: null,
      after: request,
      correlationId: Correlation.id() ?? overrideId,
    });
    const routing = await this.firstCall(shared, caller);
    this.news.activated(shared, routing.chosen.node.providerName);
    return answerOf(shared, routing);
  }

  /** @throws SignalboxError NOT_FOUND when there is no such override, CONFLICT when it has ended already */
  async cancel(overrideId: string, caller: Caller): Promise<OverrideEnded> {
    const found = this.ledger.find(overrideId);
    if (found !== null) assertMayTouch(caller, found.state.terms.serviceName);
    const ended =
      found === null
        ? null
        : await this.ledger.change(overrideId, found.state.terms.serviceName, cancelOverride, caller.subject);
    if (found === null || ended === null) {
      throw new SignalboxError('NOT_FOUND', 'There is no such emergency override');
    }
    const { phase, terms } = ended.state;
    if (phase.kind !== 'ended' || found.state.phase.kind === 'ended') {
      throw new SignalboxError('CONFLICT', 'This emergency override has ended already');
    }
    return {
      coordinationId: overrideId,
      serviceName: terms.serviceName,
      endReason: phase.reason,
      spentUsd: toUsd(spentMicroUsdOf(ended.state)),
    };
  }

  private leastCallMicroUsd({ serviceName }: OverrideRequest): number {
    const { service } = this.catalog.get(serviceName);
    return Math.min(...service.nodes.map((node) => toMicroUsd(node.costPerRequestUsd)));
  }

  /** Where a call goes under the override. One that helps no call does not stay. */
  private async firstCall({ request, state }: SharedOverride, caller: Caller): Promise<Routed> {
    try {
      return this.preview(request);
    } catch (error) {
      await this.ledger.change(state.terms.overrideId, request.serviceName, cancelOverride, caller.subject);
      throw error;
    }
  }

  private preview({ serviceName }: OverrideRequest): Routed {
    const routing = this.engine.preview({ ...previewRequest(serviceName), priority: 'CRITICAL' });
    if (routing.kind === 'routed') return routing;
    throw new SignalboxError(
      routing.code,
      `Even under an override no node of ${serviceName} can take a call`,
      {
        excluded: routing.excluded.map(excludedNodeOf),
      },
    );
  }
}

function answerOf({ request, state }: SharedOverride, routing: Routed): OverrideAnswer {
  const { overrideId, expiresAtMs } = state.terms;
  const selectedNode = selectedNodeOf(routing.chosen);
  return {
    coordinationResult: {
      coordinationId: overrideId,
      routingDecision: { selectedNode, routingStrategy: routing.strategy },
      metadata: {
        confidenceScore: Math.round(routing.confidenceScore * 10) / 10,
        coordinationStrategy: 'emergency_coordination',
        appliedOptimizations: ['intelligent_routing', 'backend_agent_coordination', 'emergency_override'],
      },
    },
    emergencyStatus: {
      activated: true,
      coordinationId: overrideId,
      maxBudgetOverride: request.maxBudgetOverride,
      durationMinutes: request.durationMinutes,
      estimatedCost: selectedNode.costPerRequest,
      selectedProvider: selectedNode.providerName,
      expiresAt: new Date(expiresAtMs).toISOString(),
    },
  };
}
