import type {
  CallPriority,
  CircuitStateName,
  ExclusionReason,
  MicroUsd,
  OutcomeKind,
  ServiceName,
  Severity,
  StrategyName,
} from '@signalbox/contracts';
import type { RouteNode } from './node.js';

/** What is asked of the engine: a node for one call. Null means the caller did not say. */
export interface RouteRequest {
  serviceName: ServiceName;
  coordinationId: string;
  priority: CallPriority | null;
  /** Where the caller runs. */
  region: string | null;
  /** In place of the service's configured strategy. */
  strategy?: StrategyName;
  /** The most this one call may cost. */
  costLimitMicroUsd: MicroUsd | null;
  /** What is left of the budget that pays for the call. */
  remainingBudgetMicroUsd: MicroUsd | null;
  /** In place of the service's target. */
  targetLatencyMs: number | null;
  /** What a successful call is worth to the business. */
  valueMicroUsd: MicroUsd | null;
}

/** A node in its place of the fallback order, with what the decision knew about it. */
export interface RankedNode {
  node: RouteNode;
  /** 0..1. */
  successProbability: number;
  /** Expected, not the worst case. */
  latencyMs: number;
  /** 0..100, see `healthScore`. */
  healthScore: number;
  /** The strategy's own measure; greater is better. Comparable within one decision only. */
  score: number;
}

/** Why a node was not a candidate. */
export interface Exclusion {
  readonly nodeId: string;
  readonly reason: ExclusionReason;
  /** Epoch ms when the exclusion is known to end; null when nobody can know. */
  readonly untilMs: number | null;
  readonly circuit: CircuitStateName;
}

/** How a node was chosen when none was eligible; what each rule does is in `last-resort.ts`. */
export const LAST_RESORT_RULES = ['least_loaded', 'soonest_to_recover', 'least_bad_success'] as const;
export type LastResortRule = (typeof LAST_RESORT_RULES)[number];

export interface Routed {
  kind: 'routed';
  chosen: RankedNode;
  /** In the order the caller should fall back. */
  alternatives: RankedNode[];
  /** Every node that no strategy saw; under a last resort this includes the chosen one, with its reason. */
  excluded: readonly Exclusion[];
  strategy: StrategyName;
  /** 0..100, see `confidenceScore`. */
  confidenceScore: number;
  lastResort: LastResortRule | null;
  /** This call is the one probe of a half-open circuit. */
  probe: boolean;
  /** Taken from the emergency override's allowance for this call. */
  overrideDrawMicroUsd: MicroUsd;
  /** The call counts as in flight until its outcome is reported, or until then. */
  leaseExpiresAtMs: number;
  /** What the same call costs on the service's primary node. */
  primaryCostMicroUsd: MicroUsd;
}

export interface Refused {
  kind: 'refused';
  /** BUDGET_EXHAUSTED: a usable node exists and money alone forbids it. NO_ELIGIBLE_NODE: no usable node exists. */
  code: 'BUDGET_EXHAUSTED' | 'NO_ELIGIBLE_NODE';
  excluded: readonly Exclusion[];
}

export type RouteResult = Routed | Refused;

/** What became of a routed call. */
export interface RouteOutcome {
  serviceName: ServiceName;
  nodeId: string;
  coordinationId: string;
  outcome: OutcomeKind;
  latencyMs: number;
  retryAfterSeconds?: number;
}

/** A service's word that nodes are failing. */
export interface ErrorSignal {
  serviceName: ServiceName;
  severity: Severity;
  failedNodeIds: readonly string[];
}

/** The emergency override of one service, as far as this replica may draw on it. */
export interface OverrideGrant {
  overrideId: string;
  allowanceMicroUsd: MicroUsd;
  expiresAtMs: number;
}

/** A call that was routed here and is not reported yet. */
export interface InFlightTicket {
  serviceName: ServiceName;
  nodeId: string;
  coordinationId: string;
  priority: CallPriority | null;
  probe: boolean;
  decidedAtMs: number;
  leaseExpiresAtMs: number;
}
