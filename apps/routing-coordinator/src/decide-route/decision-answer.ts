import {
  toUsd,
  type DecisionAnswer,
  type DecisionRequest,
  type ExcludedNode,
  type RankedAlternative,
  type SelectedNode,
} from '@signalbox/contracts';
import type { Exclusion, RankedNode, Routed } from '@signalbox/routing';

export type AgentIntegration = DecisionAnswer['backendAgentIntegration'];

export interface Answering {
  request: DecisionRequest;
  coordinationId: string;
  routing: Routed;
  agents: AgentIntegration;
  overrideActive: boolean;
  /** `performance.now()` readings along the way, ms. */
  timing: { startedMs: number; routedMs: number; integratedMs: number; endedMs: number };
  replicaId: string;
  decidedAtMs: number;
}

/** Puts a routing result into the words of the wire. Figures that the request gives nothing to measure against are null. */
export function answerOf(answering: Answering): DecisionAnswer {
  const { request, coordinationId, routing, agents, timing } = answering;
  const chosen = routing.chosen;
  const cost = toUsd(chosen.node.costMicroUsd);
  const successPercent = percent(chosen.successProbability);
  return {
    coordinationId,
    routingDecision: {
      selectedNode: selectedNodeOf(chosen),
      routingStrategy: routing.strategy,
      decisionReason: reasonOf(routing),
      estimatedCost: cost,
      estimatedLatency: tenths(chosen.latencyMs),
      estimatedSuccessRate: successPercent,
      alternatives: routing.alternatives
        .slice(0, request.coordinationRequirements?.maxAlternatives)
        .map((node, index) => alternativeOf(node, index + 1)),
      excluded: routing.excluded.map(excludedNodeOf),
      lastResort: routing.lastResort,
      probe: routing.probe,
    },
    backendAgentIntegration: agents,
    performanceMetrics: {
      totalCoordinationTime: micros(timing.endedMs - timing.startedMs),
      routingDecisionTime: micros(timing.routedMs - timing.startedMs),
      backendIntegrationTime: micros(timing.integratedMs - timing.routedMs),
      optimizationTime: micros(timing.endedMs - timing.integratedMs),
    },
    businessOutcome: businessOutcomeOf(request, routing, cost, successPercent),
    metadata: {
      confidenceScore: tenths(routing.confidenceScore),
      coordinationStrategy: coordinationStrategyOf(answering),
      appliedOptimizations: appliedOptimizationsOf(answering),
      replicaId: answering.replicaId,
      decidedAt: new Date(answering.decidedAtMs).toISOString(),
      leaseExpiresAt: new Date(routing.leaseExpiresAtMs).toISOString(),
    },
  };
}

/** In a decision, and in the details of a refused one. */
export function excludedNodeOf({ nodeId, reason, untilMs, circuit }: Exclusion): ExcludedNode {
  const excluded: ExcludedNode = { nodeId, reason };
  if (untilMs !== null) excluded.until = new Date(untilMs).toISOString();
  if (reason === 'circuit_open') excluded.circuit = circuit;
  return excluded;
}

export function selectedNodeOf(ranked: RankedNode): SelectedNode {
  const { node } = ranked;
  return {
    nodeId: node.nodeId,
    providerName: node.providerName,
    region: node.region,
    baseUrl: node.baseUrl,
    successRate: percent(ranked.successProbability),
    costPerRequest: toUsd(node.costMicroUsd),
    healthScore: Math.round(ranked.healthScore),
  };
}

function alternativeOf(ranked: RankedNode, rank: number): RankedAlternative {
  // Set and not spread: a spread copy is slow to make, and again to serialise, on every decision.
  const alternative = selectedNodeOf(ranked) as RankedAlternative;
  alternative.rank = rank;
  alternative.estimatedLatency = tenths(ranked.latencyMs);
  return alternative;
}

function reasonOf(routing: Routed): string {
  const { node, healthScore } = routing.chosen;
  const health = `health score: ${Math.round(healthScore)}`;
  if (routing.probe) return `Selected ${node.providerName} to probe its half-open circuit, ${health}`;
  if (routing.lastResort !== null) {
    return `Selected ${node.providerName} as the last resort (${routing.lastResort}): no node is eligible, ${health}`;
  }
  return `Selected ${node.providerName} using ${routing.strategy} strategy, ${health}`;
}

/**
 * What the decision is worth to the caller by the caller's own figures: saved against the most it would have
 * paid, faster than what it has now. Risk: high mitigation means an eligible fallback stands ready.
 */
function businessOutcomeOf(
  request: DecisionRequest,
  routing: Routed,
  cost: number,
  successPercent: number,
): DecisionAnswer['businessOutcome'] {
  const costLimit = request.routingContext?.budgetConstraints?.costPerRequestLimit;
  const currentLatency = request.routingContext?.performanceContext?.currentLatency;
  return {
    estimatedCostSavings: costLimit === undefined ? null : millionths(costLimit - cost),
    estimatedPerformanceGain:
      currentLatency === undefined || currentLatency === 0
        ? null
        : hundredths(((currentLatency - routing.chosen.latencyMs) / currentLatency) * 100),
    riskMitigation:
      routing.lastResort !== null ? 'low' : routing.alternatives.length === 0 ? 'medium' : 'high',
    customerImpactReduction: request.businessContext?.customerImpact === undefined ? null : successPercent,
  };
}

function coordinationStrategyOf({ agents, overrideActive, routing }: Answering): string {
  if (overrideActive) return 'emergency_coordination';
  if (agents.errorStreamRegistered || agents.monitoringActive) return 'backend_integrated_coordination';
  if (routing.strategy === 'PREDICTIVE_ANALYTICS') return 'predictive_coordination';
  return 'standard_coordination';
}

function appliedOptimizationsOf({ agents, overrideActive, routing }: Answering): string[] {
  const applied = ['intelligent_routing'];
  if (agents.errorStreamRegistered || agents.monitoringActive) applied.push('backend_agent_coordination');
  if (routing.strategy === 'PREDICTIVE_ANALYTICS') applied.push('predictive_analytics');
  if (agents.recoveryStrategyActivated) applied.push('recovery_strategy');
  if (routing.probe) applied.push('circuit_probe');
  if (overrideActive) applied.push('emergency_override');
  return applied;
}

const percent = (ratio: number): number => Math.round(ratio * 100_000) / 1_000;
const tenths = (value: number): number => Math.round(value * 10) / 10;
const hundredths = (value: number): number => Math.round(value * 100) / 100;
const micros = (ms: number): number => Math.round(ms * 1_000) / 1_000;
const millionths = (usd: number): number => Math.round(usd * 1_000_000) / 1_000_000;
