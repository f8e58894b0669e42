import type { MicroUsd, RecoveryAction, RecoveryStrategy } from '@signalbox/contracts';
import { chooseFocus } from './focus.js';
import { planOf, type RecoveryPlan } from './plan.js';
import { natureOf, type RecoverySignal } from './signal.js';

/** One node as routing sees it now. */
export interface RecoveryCandidate {
  nodeId: string;
  costMicroUsd: MicroUsd;
  latencyMs: number;
  /** It may take calls now: not drained, no open circuit, not rate-limited, not for emergencies only. */
  usable: boolean;
}

export interface RecoveryContext {
  /** Every node of the service, in the order routing ranks them. */
  candidates: readonly RecoveryCandidate[];
  budgetExhausted: boolean;
}

/** What can still be done, which together with the focus picks the plan. */
export type RecoverySituation =
  | 'alternative_usable'
  | 'only_dearer_alternative'
  | 'failed_node_unknown'
  | 'rate_limited_everywhere'
  | 'no_alternative'
  | 'budget_exhausted';

const PLAN_BY_SITUATION: Record<RecoverySituation, Record<RecoveryStrategy, RecoveryAction>> = {
  alternative_usable: {
    AVAILABILITY_FOCUSED: 'enable_multi_provider_redundancy',
    PERFORMANCE_FOCUSED: 'failover',
    BALANCED: 'failover',
    COST_FOCUSED: 'failover',
  },
  only_dearer_alternative: {
    AVAILABILITY_FOCUSED: 'enable_multi_provider_redundancy',
    PERFORMANCE_FOCUSED: 'failover',
    BALANCED: 'failover',
    COST_FOCUSED: 'degrade_to_batch',
  },
  // Sharing among all providers is the one remedy that needs no name.
  failed_node_unknown: {
    AVAILABILITY_FOCUSED: 'enable_multi_provider_redundancy',
    PERFORMANCE_FOCUSED: 'enable_multi_provider_redundancy',
    BALANCED: 'enable_multi_provider_redundancy',
    COST_FOCUSED: 'enable_multi_provider_redundancy',
  },
  // Every call sent now only lengthens the wait, so all but the one who pays for speed defers what can wait.
  rate_limited_everywhere: {
    AVAILABILITY_FOCUSED: 'throttle',
    PERFORMANCE_FOCUSED: 'throttle',
    BALANCED: 'degrade_to_batch',
    COST_FOCUSED: 'degrade_to_batch',
  },
  no_alternative: {
    AVAILABILITY_FOCUSED: 'throttle',
    PERFORMANCE_FOCUSED: 'throttle',
    BALANCED: 'throttle',
    COST_FOCUSED: 'degrade_to_batch',
  },
  budget_exhausted: {
    AVAILABILITY_FOCUSED: 'budget_override',
    PERFORMANCE_FOCUSED: 'throttle',
    BALANCED: 'throttle',
    COST_FOCUSED: 'degrade_to_batch',
  },
};

export interface RecoveryChoice {
  focus: RecoveryStrategy;
  /** Why this focus, for people. */
  because: string;
  situation: RecoverySituation;
  plan: RecoveryPlan;
  /** Per call under the plan, from the nodes that would carry it; null when none can. */
  estimatedCostMicroUsd: MicroUsd | null;
  estimatedLatencyMs: number | null;
}

export function chooseRecovery(signal: RecoverySignal, context: RecoveryContext): RecoveryChoice {
  const { focus, because } = chooseFocus(signal);
  const situation = situationOf(signal, context);
  const plan = planOf(PLAN_BY_SITUATION[situation][focus], signal);
  const carriers = carriersOf(plan, context);
  return {
    focus,
    because,
    situation,
    plan,
    estimatedCostMicroUsd: rounded(mean(carriers.map((node) => node.costMicroUsd))),
    estimatedLatencyMs: mean(carriers.map((node) => node.latencyMs)),
  };
}

function situationOf(signal: RecoverySignal, context: RecoveryContext): RecoverySituation {
  const nature = natureOf(signal.errorType);
  if (context.budgetExhausted || nature === 'budget') return 'budget_exhausted';
  const failed = context.candidates.filter((node) => signal.failedNodeIds.includes(node.nodeId));
  const alternatives = alternativesTo(signal.failedNodeIds, context);
  if (alternatives.length === 0)
    return nature === 'rate_limit' ? 'rate_limited_everywhere' : 'no_alternative';
  if (failed.length === 0) return alternatives.length > 1 ? 'failed_node_unknown' : 'no_alternative';
  const cheapestFailed = Math.min(...failed.map((node) => node.costMicroUsd));
  return alternatives.every((node) => node.costMicroUsd > cheapestFailed)
    ? 'only_dearer_alternative'
    : 'alternative_usable';
}

/** Redundancy shares among all alternatives, failover goes to the first; the other plans leave routing as it is. */
function carriersOf(plan: RecoveryPlan, context: RecoveryContext): readonly RecoveryCandidate[] {
  switch (plan.action) {
    case 'enable_multi_provider_redundancy':
      return alternativesTo(plan.failedNodeIds, context);
    case 'failover':
      return alternativesTo(plan.failedNodeIds, context).slice(0, 1);
    default:
      return context.candidates.filter((node) => node.usable).slice(0, 1);
  }
}

function alternativesTo(failedNodeIds: readonly string[], context: RecoveryContext): RecoveryCandidate[] {
  return context.candidates.filter((node) => node.usable && !failedNodeIds.includes(node.nodeId));
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
