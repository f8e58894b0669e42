import type { DecisionAnswer, RoutingDecision } from '@signalbox/contracts';

/**
 * The figures of a decision that have no column of their own, packed by place into numbers and nothing else: 0.2 KB a row
 * where the whole answer has 1.9 KB, and no quotes, whose escaping cost more than the rest of the row together.
 */
export type DecisionDetails = [
  nodes: NodeFigures[],
  /** Ms: routing, backend integration, optimization. */
  times: [number, number, number],
  /** 1 for true: error stream, recovery strategy, monitoring, cross-stream. */
  agents: [number, number, number, number],
  /** Savings and gain, the place of the risk in {@link RISKS}, customer impact. */
  business: [number | null, number | null, number, number | null],
];

/** The chosen node's first, then the alternatives' in their order; latency is the decision's own for the chosen one. */
export type NodeFigures = [
  successPercent: number,
  costUsd: number,
  healthScore: number | null,
  latencyMs: number,
];

const RISKS = ['low', 'medium', 'high'] as const;

type Described = Pick<
  DecisionAnswer,
  'performanceMetrics' | 'backendAgentIntegration' | 'businessOutcome'
> & {
  nodes: NodeFigures[];
};

export function packDetails({
  routingDecision,
  performanceMetrics: times,
  backendAgentIntegration: agents,
  businessOutcome: business,
}: DecisionAnswer): DecisionDetails {
  return [
    nodesOf(routingDecision),
    [times.routingDecisionTime, times.backendIntegrationTime, times.optimizationTime],
    [
      Number(agents.errorStreamRegistered),
      Number(agents.recoveryStrategyActivated),
      Number(agents.monitoringActive),
      Number(agents.crossStreamCoordinated),
    ],
    [
      business.estimatedCostSavings,
      business.estimatedPerformanceGain,
      RISKS.indexOf(business.riskMitigation),
      business.customerImpactReduction,
    ],
  ];
}

export function unpackDetails(
  [nodes, times, agents, business]: DecisionDetails,
  totalCoordinationTime: number,
): Described {
  return {
    nodes,
    performanceMetrics: {
      totalCoordinationTime,
      routingDecisionTime: times[0],
      backendIntegrationTime: times[1],
      optimizationTime: times[2],
    },
    backendAgentIntegration: {
      errorStreamRegistered: agents[0] === 1,
      recoveryStrategyActivated: agents[1] === 1,
      monitoringActive: agents[2] === 1,
      crossStreamCoordinated: agents[3] === 1,
    },
    businessOutcome: {
      estimatedCostSavings: business[0],
      estimatedPerformanceGain: business[1],
      riskMitigation: RISKS[business[2]] ?? 'low',
      customerImpactReduction: business[3],
    },
  };
}

/** `optimizations`: the coordination strategy, then what was applied. */
export function packOptimizations({ metadata }: DecisionAnswer): string {
  return [metadata.coordinationStrategy, ...metadata.appliedOptimizations].join(' ');
}

export function unpackOptimizations(
  text: string,
): Pick<DecisionAnswer['metadata'], 'coordinationStrategy' | 'appliedOptimizations'> {
  const [coordinationStrategy = '', ...appliedOptimizations] = text.split(' ');
  return { coordinationStrategy, appliedOptimizations };
}

function nodesOf({ selectedNode, estimatedLatency, alternatives }: RoutingDecision): NodeFigures[] {
  return [
    [selectedNode.successRate, selectedNode.costPerRequest, selectedNode.healthScore, estimatedLatency],
    ...alternatives.map((node): NodeFigures => [
      node.successRate,
      node.costPerRequest,
      node.healthScore,
      node.estimatedLatency,
    ]),
  ];
}
