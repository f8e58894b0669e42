import { toMicroUsd, type CallPriority, type DecisionRequest, type ServiceName } from '@signalbox/contracts';
import type { RouteRequest } from '@signalbox/routing';

/** What the engine needs of a decision request: plain figures in its own units, absent ones null. */
export function routeRequestOf(request: DecisionRequest, coordinationId: string): RouteRequest {
  const { routingContext, businessContext, coordinationRequirements } = request;
  const metadata = routingContext?.requestMetadata;
  const budget = routingContext?.budgetConstraints;
  const strategy =
    coordinationRequirements?.strategy ??
    (coordinationRequirements?.requirePredictiveAnalytics === true ? 'PREDICTIVE_ANALYTICS' : undefined);
  return {
    coordinationId,
    serviceName: request.serviceName,
    priority: (metadata?.priority?.toUpperCase() as CallPriority | undefined) ?? null,
    region: metadata?.region ?? null,
    costLimitMicroUsd: microOrNull(budget?.costPerRequestLimit),
    remainingBudgetMicroUsd: microOrNull(budget?.remainingBudget),
    targetLatencyMs: routingContext?.performanceContext?.targetLatency ?? null,
    valueMicroUsd: microOrNull(businessContext?.revenueImpact),
    ...(strategy === undefined ? {} : { strategy }),
  };
}

function microOrNull(usd: number | undefined): number | null {
  return usd === undefined ? null : toMicroUsd(usd);
}

/** A call that says nothing of itself: where would it go now? */
export function previewRequest(serviceName: ServiceName): RouteRequest {
  return {
    coordinationId: 'preview',
    serviceName,
    priority: null,
    region: null,
    costLimitMicroUsd: null,
    remainingBudgetMicroUsd: null,
    targetLatencyMs: null,
    valueMicroUsd: null,
  };
}
