import type { CallPriority, RecoveryAction, ServiceName, Severity, StrategyName } from '@signalbox/contracts';
import { shedPace, type AdmissionPace } from './admission-pace.js';
import type { RecoverySignal } from './signal.js';

/** Done once, when a step begins. */
export type RecoveryAct =
  /** Puts pressure on nodes, as an error event of this severity does. */
  | { kind: 'weigh_nodes'; serviceName: ServiceName; nodeIds: readonly string[]; severity: Severity }
  /** Tells what depends on the service that it is sick. */
  | { kind: 'tell_dependents'; serviceName: ServiceName }
  /** Tells the admins that only an emergency override can help: no recovery spends past a budget by itself. */
  | { kind: 'ask_for_override'; serviceName: ServiceName };

/** In force for as long as a step runs. Setting the same twice changes nothing. */
export type RecoveryHold =
  /** Replaces the service's configured strategy; a strategy that a call asks for itself still wins. */
  | { kind: 'route_by'; serviceName: ServiceName; strategy: StrategyName }
  /** The nodes get at most this share (0..1) of their ordinary traffic. */
  | { kind: 'limit_share'; serviceName: ServiceName; nodeIds: readonly string[]; shareRatio: number }
  /** Sheds by priority at the door. */
  | { kind: 'pace'; serviceName: ServiceName; pace: AdmissionPace }
  /** Answers calls of these priorities "not now", so that their callers queue and send them in batches later. */
  | {
      kind: 'defer';
      serviceName: ServiceName;
      priorities: readonly CallPriority[];
      retryAfterSeconds: number;
    };

export type StepEnd =
  | { kind: 'after'; ms: number }
  /** None of the plan's failed nodes (or the service, when none was named) has been sick for this long. */
  | { kind: 'healthy'; forMs: number }
  /** There is budget again, by an override or a new period. */
  | { kind: 'budget_open' };

export interface RecoveryStep {
  readonly name: string;
  readonly acts: readonly RecoveryAct[];
  readonly holds: readonly RecoveryHold[];
  readonly until: StepEnd;
}

/** What a recovery does, as data: recorded with its activation and readable without this code. */
export interface RecoveryPlan {
  readonly action: RecoveryAction;
  readonly serviceName: ServiceName;
  readonly failedNodeIds: readonly string[];
  /** When the plan may be entered, for people. */
  readonly entry: string;
  readonly steps: readonly RecoveryStep[];
  /** A relapse during the plan ends it: another recovery must take over. */
  readonly endsOnRelapse: boolean;
  /** The plan that follows a good end. */
  readonly next: RecoveryAction | null;
}

/** As long as the window of node facts: health must have held for a whole one. */
const HEALTHY_FOR_MS = 30_000;
/** LOW gone, MEDIUM halved; then LOW halved. */
const STRONG_RELIEF = 1 / 2;
const SLIGHT_RELIEF = 1 / 6;
/** Only HIGH and CRITICAL pass. */
const BUDGET_RELIEF = 2 / 3;
/** As long as the longest wait of a catalog batch several times over, short beside a recovery. */
const DEFER_SECONDS = 30;

type PlanTarget = Pick<RecoverySignal, 'serviceName' | 'failedNodeIds' | 'severity'>;

const PLANS = {
  failover: ({ serviceName, failedNodeIds }) => ({
    entry: 'a node failed and another one is usable',
    steps: [
      {
        name: 'shift traffic to the other nodes',
        acts: [
          { kind: 'weigh_nodes', serviceName, nodeIds: failedNodeIds, severity: 'critical' },
          { kind: 'tell_dependents', serviceName },
        ],
        holds: [],
        until: { kind: 'healthy', forMs: HEALTHY_FOR_MS },
      },
    ],
    endsOnRelapse: false,
    next: 'gradual_return',
  }),

  enable_multi_provider_redundancy: ({ serviceName, failedNodeIds, severity }) => ({
    entry: 'a node failed, another one is usable, and availability outweighs cost',
    steps: [
      {
        // The predictive strategy shares traffic among nodes that cannot be told apart and never sends any to
        // a clearly sicker one: no single provider carries all, whatever the service's ordinary strategy.
        name: 'share traffic among all providers that are not sick',
        acts: [
          { kind: 'weigh_nodes', serviceName, nodeIds: failedNodeIds, severity },
          { kind: 'tell_dependents', serviceName },
        ],
        holds: [{ kind: 'route_by', serviceName, strategy: 'PREDICTIVE_ANALYTICS' }],
        until: { kind: 'healthy', forMs: HEALTHY_FOR_MS },
      },
    ],
    endsOnRelapse: false,
    next: 'gradual_return',
  }),

  gradual_return: ({ serviceName, failedNodeIds }) => ({
    entry: 'a failed node has been healthy for 30 s',
    steps: [0.25, 0.5, 0.75].map((shareRatio) => ({
      name: `let ${shareRatio * 100} % of the ordinary traffic return`,
      acts: [],
      holds: [{ kind: 'limit_share', serviceName, nodeIds: failedNodeIds, shareRatio }],
      until: { kind: 'after', ms: HEALTHY_FOR_MS },
    })),
    endsOnRelapse: true,
    next: null,
  }),

  throttle: ({ serviceName }) => ({
    entry: 'no other node is usable, so the load must fall',
    steps: [
      {
        name: 'shed LOW and half of MEDIUM',
        acts: [{ kind: 'tell_dependents', serviceName }],
        holds: [{ kind: 'pace', serviceName, pace: shedPace(STRONG_RELIEF) }],
        until: { kind: 'healthy', forMs: HEALTHY_FOR_MS },
      },
      {
        name: 'shed half of LOW',
        acts: [],
        holds: [{ kind: 'pace', serviceName, pace: shedPace(SLIGHT_RELIEF) }],
        until: { kind: 'healthy', forMs: HEALTHY_FOR_MS },
      },
    ],
    endsOnRelapse: false,
    next: null,
  }),

  degrade_to_batch: ({ serviceName }) => ({
    entry: 'what can wait is cheaper later than now',
    steps: [
      {
        name: 'defer LOW and MEDIUM to be batched',
        acts: [{ kind: 'tell_dependents', serviceName }],
        holds: [
          { kind: 'defer', serviceName, priorities: ['LOW', 'MEDIUM'], retryAfterSeconds: DEFER_SECONDS },
        ],
        until: { kind: 'healthy', forMs: HEALTHY_FOR_MS },
      },
    ],
    endsOnRelapse: false,
    next: null,
  }),

  budget_override: ({ serviceName }) => ({
    entry: 'the budget is used up and availability outweighs cost',
    steps: [
      {
        name: 'ask for an emergency override, keep what is left for HIGH and CRITICAL',
        acts: [{ kind: 'ask_for_override', serviceName }],
        holds: [{ kind: 'pace', serviceName, pace: shedPace(BUDGET_RELIEF) }],
        until: { kind: 'budget_open' },
      },
    ],
    endsOnRelapse: false,
    next: null,
  }),
} satisfies Record<
  RecoveryAction,
  (target: PlanTarget) => Pick<RecoveryPlan, 'entry' | 'steps' | 'endsOnRelapse' | 'next'>
>;

/** The named plan, bound to a service and its failed nodes. */
export function planOf(action: RecoveryAction, target: PlanTarget): RecoveryPlan {
  const { serviceName, failedNodeIds } = target;
  return { action, serviceName, failedNodeIds, ...PLANS[action](target) };
}
