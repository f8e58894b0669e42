import {
  toMicroUsd,
  type FieldChange,
  type NodeConfig,
  type RecommendationKind,
  type ServiceConfig,
  type StrategyName,
} from '@signalbox/contracts';

/** A setting to replay: what it would be called, and which fields of the service's configuration it changes. */
export interface RoutingSetting {
  readonly kind: Extract<RecommendationKind, 'strategy' | 'weights' | 'cheaper_node'>;
  readonly title: string;
  readonly fields: FieldChange[];
}

/**
 * The strategies that a replay can judge. GEOGRAPHIC_PROXIMITY asks where the caller is, which is not recorded;
 * ROUND_ROBIN knows nothing that could save; COST_OPTIMIZED is the kind `cheaper_node`.
 */
const JUDGED: readonly StrategyName[] = [
  'WEIGHTED_ROUND_ROBIN',
  'LEAST_CONNECTIONS',
  'LEAST_RESPONSE_TIME',
  'HEALTH_BASED',
  'PREDICTIVE_ANALYTICS',
  'HYBRID_OPTIMIZATION',
];
/** Strategies that go by the operator's weights. */
const WEIGHTED: ReadonlySet<StrategyName> = new Set(['WEIGHTED_ROUND_ROBIN', 'LEAST_CONNECTIONS']);
/** Shares of the dearer nodes' weight to move to the cheapest. */
const MOVED_SHARES = [0.5, 0.9];

/** The settings worth a replay: none for a service that has no choice between nodes. `success`: 0..1, as recorded. */
export function routingSettings(config: ServiceConfig, success: number | null): RoutingSetting[] {
  const usable = config.nodes.filter(({ role, drained }) => role !== 'emergency' && drained !== true);
  if (usable.length < 2) return [];
  const strategies = JUDGED.filter((strategy) => strategy !== config.strategy).map(
    (strategy): RoutingSetting => ({
      kind: 'strategy',
      title: `Route ${config.serviceName} by ${strategy} instead of ${config.strategy}`,
      fields: [{ path: 'strategy', from: config.strategy, to: strategy }],
    }),
  );
  return [...strategies, ...weightSettings(config, usable), ...cheaperNode(config, success)];
}

function weightSettings(config: ServiceConfig, usable: readonly NodeConfig[]): RoutingSetting[] {
  if (!WEIGHTED.has(config.strategy)) return [];
  const cheapest = cheapestOf(usable);
  const dearer = usable.filter(
    ({ nodeId, costPerRequestUsd, weightPercent }) =>
      nodeId !== cheapest.nodeId && costPerRequestUsd > cheapest.costPerRequestUsd && weightPercent > 0,
  );
  if (dearer.length === 0) return [];
  return MOVED_SHARES.map((moved) => {
    const lowered = dearer.map(({ nodeId, weightPercent }) => ({
      path: `nodes.${nodeId}.weightPercent`,
      from: weightPercent,
      to: hundredths(weightPercent * (1 - moved)),
    }));
    const gained = lowered.reduce((sum, { from, to }) => sum + from - to, 0);
    return {
      kind: 'weights',
      title: `Move ${moved * 100} % of the dearer nodes' weight to ${cheapest.nodeId}`,
      fields: [
        {
          path: `nodes.${cheapest.nodeId}.weightPercent`,
          from: cheapest.weightPercent,
          to: hundredths(cheapest.weightPercent + gained),
        },
        ...lowered,
      ],
    };
  });
}

/** The cheapest per success above the floor, by the strategy that does just that; a service without a floor gets one. */
function cheaperNode(config: ServiceConfig, success: number | null): RoutingSetting[] {
  const { strategy, successFloor } = config;
  if (strategy === 'COST_OPTIMIZED') return [];
  if (successFloor === null && success === null) return [];
  const floor = successFloor ?? Math.max(0, Math.floor(((success ?? 0) - 0.005) * 100) / 100);
  const fields: FieldChange[] = [{ path: 'strategy', from: strategy, to: 'COST_OPTIMIZED' }];
  if (successFloor === null) fields.push({ path: 'successFloor', from: null, to: floor });
  return [
    {
      kind: 'cheaper_node',
      title: `Send ${config.serviceName} to the cheapest node per success above ${(100 * floor).toFixed(1)} %`,
      fields,
    },
  ];
}

function cheapestOf(nodes: readonly NodeConfig[]): NodeConfig {
  return nodes.reduce((best, node) =>
    toMicroUsd(node.costPerRequestUsd) < toMicroUsd(best.costPerRequestUsd) ? node : best,
  );
}

const hundredths = (percent: number): number => Math.round(percent * 100) / 100;
