import type { MicroUsd } from '@signalbox/contracts';
import type { RouteNode } from '../node.js';
import type { Exclusion } from '../route.js';
import type { LiveNode } from './live-node.js';

/** A critical call leaves the probe to others for this long; then somebody has to go. */
const SPARE_CRITICAL_MS = 1_000;

/** What one call may spend, and the fleet it competes with. */
export interface CallTerms {
  readonly nowMs: number;
  readonly isCritical: boolean;
  readonly costLimitMicroUsd: MicroUsd | null;
  readonly remainingBudgetMicroUsd: MicroUsd | null;
  /** What the emergency override still allows; null without one. */
  readonly overrideAllowanceMicroUsd: MicroUsd | null;
  /** Replicas that share a node's request rate. */
  readonly replicas: number;
}

/**
 * Why the call may not have the node at all: nobody may, or it cannot be paid. No last resort overrules these.
 * Null when it may.
 */
export function forbidden(node: LiveNode, terms: CallTerms): Exclusion | null {
  if (node.node.drained) return node.excluded('drained', null);
  if (node.isRevoked) return node.excluded('credentials_revoked', null);
  if (node.node.role === 'emergency' && terms.overrideAllowanceMicroUsd === null) {
    return node.excluded('emergency_only', null);
  }
  if (terms.costLimitMicroUsd !== null && node.node.costMicroUsd > terms.costLimitMicroUsd) {
    return node.excluded('over_cost_limit', null);
  }
  const draw = overrideDraw(node.node, terms.remainingBudgetMicroUsd);
  if (draw > 0 && draw > (terms.overrideAllowanceMicroUsd ?? 0)) return node.excluded('over_budget', null);
  return null;
}

/** Why the node is better left alone now. Null when it is not. */
export function unwell(node: LiveNode, terms: CallTerms): Exclusion | null {
  const { circuit } = node;
  if (circuit.state === 'open') return node.excluded('circuit_open', circuit.untilMs);
  if (circuit.state === 'half_open') return node.excluded('circuit_open', null);
  return busy(node, terms);
}

/** Why the node can take no call now, circuit apart. Null when it can. */
function busy(node: LiveNode, { nowMs, replicas }: CallTerms): Exclusion | null {
  const { rateLimitedUntilMs } = node.facts;
  if (rateLimitedUntilMs > nowMs) return node.excluded('rate_limited', rateLimitedUntilMs);
  const { maxConcurrent, maxRequestsPerSecond } = node.node;
  if (maxConcurrent !== null && node.inFlight >= maxConcurrent) return node.excluded('at_capacity', null);
  if (maxRequestsPerSecond !== null) {
    const freeAtMs = node.pace.freeAtMs(maxRequestsPerSecond, replicas);
    if (freeAtMs > nowMs) return node.excluded('at_capacity', freeAtMs);
  }
  return null;
}

/** Whether the call may be the probe that a half-open node waits for. */
export function mayProbe(node: LiveNode, terms: CallTerms): boolean {
  const { circuit } = node;
  if (circuit.state !== 'half_open' || circuit.probe === null) return false;
  const { coordinationId, grantedAtMs, expiresAtMs } = circuit.probe;
  if (coordinationId !== null || expiresAtMs <= terms.nowMs) return false;
  if (terms.isCritical && terms.nowMs - grantedAtMs < SPARE_CRITICAL_MS) return false;
  return busy(node, terms) === null;
}

/**
 * Whether the node is below the service's floor: even the upper 95 % bound of its success, less error-event
 * pressure, does not reach it; or the catalog itself puts it below, and what was seen has not refuted that.
 */
export function isBelowFloor({ node, reading }: LiveNode, floor: number): boolean {
  return reading.successUpper < floor || (node.priorSuccess < floor && reading.success < floor);
}

/**
 * What a call at this node takes from the emergency override: all of its cost at an emergency node, which has
 * no other budget, else what the call's own budget does not cover.
 */
export function overrideDraw(node: RouteNode, remainingBudgetMicroUsd: MicroUsd | null): MicroUsd {
  if (node.role === 'emergency') return node.costMicroUsd;
  if (remainingBudgetMicroUsd === null) return 0;
  return Math.max(0, node.costMicroUsd - Math.max(0, remainingBudgetMicroUsd));
}
