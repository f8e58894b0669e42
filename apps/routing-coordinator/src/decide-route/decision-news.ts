import { Injectable } from '@nestjs/common';
import {
  toUsd,
  type CoordinationSynced,
  type DecisionAnswer,
  type DecisionMade,
  type DecisionRequest,
  type ServiceName,
} from '@signalbox/contracts';
import { MessageBus } from '@signalbox/messaging';
import type { Refused, Routed } from '@signalbox/routing';
import { BudgetRefusals } from '../emergency-override/budget-refusals.js';
import { DecisionMetrics } from './decision-metrics.js';

export interface MadeDecision {
  request: DecisionRequest;
  caller: string | null;
  answer: DecisionAnswer;
  routing: Routed;
  overrideId: string | null;
  /** The slice of the budget that it was paid from; null: the ledger reserves when it hears of it. */
  leaseId: string | null;
}

/** Tells what was decided, behind the answer: the bounded outbox takes it, nothing here waits. */
@Injectable()
export class DecisionNews {
  constructor(
    private readonly bus: MessageBus,
    private readonly metrics: DecisionMetrics,
    private readonly budgets: BudgetRefusals,
  ) {}

  refused(service: ServiceName, code: Refused['code']): void {
    this.metrics.refused(service, code);
    if (code === 'BUDGET_EXHAUSTED') this.budgets.refused(service);
  }

  made(made: MadeDecision): void {
    const { request, answer } = made;
    this.metrics.decided(request.serviceName, answer);
    this.bus.post('decisions.made', request.serviceName, decisionMadeOf(made));
    if (wantsSync(request))
      this.bus.post('coordination.synced', request.serviceName, syncedOf(request, answer));
  }
}

function decisionMadeOf({
  request,
  caller,
  answer,
  routing,
  overrideId,
  leaseId,
}: MadeDecision): DecisionMade {
  const metadata = request.routingContext?.requestMetadata;
  const agents = request.backendAgentContext;
  return {
    eventId: answer.coordinationId,
    occurredAt: answer.metadata.decidedAt,
    serviceName: request.serviceName,
    operation: request.operation,
    requestId: metadata?.requestId ?? null,
    reservationId: request.reservationId ?? null,
    leaseId,
    priority: metadata?.priority?.toUpperCase() ?? null,
    caller,
    baselineCost: toUsd(routing.primaryCostMicroUsd),
    overrideId,
    agentContext: {
      errorStreamId: agents?.errorStreamId ?? null,
      recoveryStrategyId: agents?.recoveryStrategyId ?? null,
      monitoringSessionId: agents?.monitoringSessionId ?? null,
    },
    decision: answer,
  };
}

function wantsSync(request: DecisionRequest): boolean {
  return (
    request.backendAgentContext?.requireBackendAgentSync === true ||
    request.coordinationRequirements?.requireBackendAgentSync === true
  );
}

function syncedOf(request: DecisionRequest, answer: DecisionAnswer): CoordinationSynced {
  return {
    eventId: `synced:${answer.coordinationId}`,
    occurredAt: answer.metadata.decidedAt,
    serviceName: request.serviceName,
    coordinationId: answer.coordinationId,
    errorStreamId: request.backendAgentContext?.errorStreamId ?? null,
    recoveryStrategyActivated: answer.backendAgentIntegration.recoveryStrategyActivated,
    monitoringActive: answer.backendAgentIntegration.monitoringActive,
    syncTime: answer.performanceMetrics.backendIntegrationTime,
  };
}
