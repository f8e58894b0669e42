import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  toUsd,
  toMicroUsd,
  type ErrorEvent,
  type ErrorEventAnswer,
  type ErrorReported,
} from '@signalbox/contracts';
import { MessageBus } from '@signalbox/messaging';
import { RoutingEngine, chooseRecovery, type RecoveryChoice, type RecoverySignal } from '@signalbox/routing';
import type { Clock } from '@signalbox/statistics';
import { CoordinationIds } from '../decide-route/coordination-ids.js';
import { previewRequest } from '../decide-route/route-request.js';
import { selectedNodeOf } from '../decide-route/decision-answer.js';
import { tellDurably } from '@signalbox/hosting';
import { CLOCK } from '@signalbox/hosting';
import { BudgetRefusals } from '../emergency-override/budget-refusals.js';
import { Recoveries } from '../recovery/recoveries.js';
import { ResolutionTimes } from '../recovery/resolution-times.js';
import { isUsable } from '../monitoring/sick-nodes.js';
import { WeighError } from './weigh-error.js';

/** Below this a failure weighs on its nodes and nothing more: routing around it is recovery enough. */
const RECOVERS_FROM: ReadonlySet<ErrorEvent['severity']> = new Set(['medium', 'high', 'critical']);

/** Handles a service's error event: weighs it, begins a recovery where it takes one, and says where traffic goes now. */
@Injectable()
export class HandleError {
  constructor(
    private readonly engine: RoutingEngine,
    private readonly weigh: WeighError,
    private readonly recoveries: Recoveries,
    private readonly resolutionTimes: ResolutionTimes,
    private readonly budgets: BudgetRefusals,
    private readonly bus: MessageBus,
    private readonly ids: CoordinationIds,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** From the HTTP edge: weighed here at once, then told to every replica and to history. */
  async report(error: ErrorEvent, correlationId: string | undefined): Promise<ErrorEventAnswer> {
    const event: ErrorReported = {
      ...error,
      eventId: randomUUID(),
      occurredAt: new Date(this.clock.nowMs()).toISOString(),
    };
    this.weigh.take(event);
    await tellDurably(this.bus, 'errors.reported', event.serviceName, event, correlationId);
    const choice = this.choose(event);
    await this.recover(event, choice);
    return this.answer(event, choice);
  }

  /** From the stream, on every replica; which of them begins the recovery is settled by compare-and-set. */
  async consume(event: ErrorReported): Promise<void> {
    if (this.weigh.take(event)) await this.recover(event, this.choose(event));
  }

  private async recover(event: ErrorReported, choice: RecoveryChoice): Promise<void> {
    if (RECOVERS_FROM.has(event.severity)) await this.recoveries.begin(choice, event.eventId);
  }

  private choose(event: ErrorReported): RecoveryChoice {
    const candidates = this.engine.view(event.serviceName).nodes.map((node) => ({
      nodeId: node.node.nodeId,
      costMicroUsd: node.node.costMicroUsd,
      latencyMs: node.latencyMs,
      usable: isUsable(node, this.clock.nowMs()),
    }));
    return chooseRecovery(signalOf(event), {
      candidates,
      budgetExhausted: this.budgets.isRecent(event.serviceName),
    });
  }

  private answer(event: ErrorReported, choice: RecoveryChoice): ErrorEventAnswer {
    const coordinationId = this.ids.next('backend_error_coordination');
    const routing = this.engine.preview(previewRequest(event.serviceName));
    const { focus, plan, estimatedCostMicroUsd, estimatedLatencyMs } = choice;
    return {
      coordinationResult: {
        coordinationId,
        routingDecision: routing.kind === 'routed' ? { selectedNode: selectedNodeOf(routing.chosen) } : null,
        optimizationDecision: {
          selectedStrategy: focus,
          optimizationPlan: {
            primaryAction: plan.action,
            estimatedCost: estimatedCostMicroUsd === null ? null : toUsd(estimatedCostMicroUsd),
            estimatedLatency: estimatedLatencyMs === null ? null : Math.round(estimatedLatencyMs * 10) / 10,
          },
        },
      },
      backendAgentResponse: {
        errorHandled: true,
        coordinationId,
        recoveryStrategy: focus,
        estimatedResolutionTime: this.resolutionTimes.meanMinutes(event.serviceName, plan.action),
      },
    };
  }
}

function signalOf(event: ErrorReported): RecoverySignal {
  const { businessImpact, errorDetails } = event;
  const revenue = businessImpact?.revenueAtRisk;
  return {
    serviceName: event.serviceName,
    errorType: event.errorType,
    severity: event.severity,
    failedNodeIds: errorDetails?.failedProviders ?? [],
    revenueAtRiskMicroUsd: revenue === undefined ? null : toMicroUsd(revenue),
    customerImpact: businessImpact?.customerImpact ?? null,
    cascadingServices: errorDetails?.cascadingServices ?? [],
  };
}
