import type { MicroUsd, StrategyName } from '@signalbox/contracts';
import type { Rng } from '@signalbox/statistics';
import type { Call, Policy } from '../policies/policy.js';
import { rank } from '../policies/ranking.js';
import type {
  Exclusion,
  LastResortRule,
  RankedNode,
  Refused,
  RouteRequest,
  RouteResult,
  Routed,
} from '../route.js';
import { confidenceScore, health } from '../scores.js';
import { overrideDraw, type CallTerms } from './eligibility.js';
import { rankLastResort } from './last-resort.js';
import type { LiveNode } from './live-node.js';
import { isOutOfBudget, select } from './selection.js';
import type { Service } from './service.js';

/** A success whose worth nobody stated is worth this many times what a call costs on the primary node. */
const DEFAULT_VALUE_PER_COST = 100;

/** A ranking, the chosen node first, before anything was made of it. */
interface Choice {
  readonly kind: 'choice';
  readonly strategy: StrategyName;
  readonly policy: Policy;
  readonly call: Call;
  readonly ranked: LiveNode[];
  readonly excluded: readonly Exclusion[];
  readonly probe: LiveNode | null;
  readonly lastResort: LastResortRule | null;
}

/** Chooses a node for one call and counts the call as in flight there. Reads memory only. */
export function decide(service: Service, request: RouteRequest, nowMs: number, rng: Rng): RouteResult {
  service.lastDecidedAtMs = nowMs;
  const choice = choose(service, request, nowMs, rng);
  if (choice.kind === 'refused') return choice;
  const { policy, ranked, probe, lastResort } = choice;
  const chosen = ranked[0]!;
  if (probe === null && lastResort === null) policy.took?.(ranked, chosen);
  const draw = overrideDraw(chosen.node, request.remainingBudgetMicroUsd);
  // Eligibility has made sure that it is there.
  if (draw > 0) service.allowance.draw(draw);
  return routed(service, choice, draw, send(service, chosen, request, probe !== null, nowMs));
}

/** Where the call would go now. Nothing is taken for it: no turn, no place in flight, no probe, no allowance. */
export function preview(service: Service, request: RouteRequest, nowMs: number, rng: Rng): RouteResult {
  const choice = choose(service, request, nowMs, rng);
  if (choice.kind === 'refused') return choice;
  const draw = overrideDraw(choice.ranked[0]!.node, request.remainingBudgetMicroUsd);
  return routed(service, choice, draw, nowMs);
}

function choose(service: Service, request: RouteRequest, nowMs: number, rng: Rng): Choice | Refused {
  const { config } = service;
  const selection = select(service.nodes, termsOf(service, request, nowMs), config.successFloor);

  const strategy = request.strategy ?? config.strategy;
  const policy = service.policy(strategy);
  const call: Call = {
    region: request.region,
    targetLatencyMs: request.targetLatencyMs ?? config.thresholds.targetLatencyMs,
    valueMicroUsd: request.valueMicroUsd ?? DEFAULT_VALUE_PER_COST * service.primaryCostMicroUsd,
  };
  const { probe, excluded } = selection;
  let ranked = selection.candidates;
  let lastResort: LastResortRule | null = null;
  if (probe !== null) {
    // Judged like the others, then put first: the probe's turn is not the policy's choice.
    ranked.push(probe);
    policy.assess(ranked, call);
    rank(ranked, rng);
    toFront(ranked, probe);
  } else if (ranked.length > 0) {
    policy.assess(ranked, call);
    rank(ranked, rng);
  } else if (selection.unwell.length > 0) {
    ranked = selection.unwell;
    policy.assess(ranked, call);
    lastResort = rankLastResort(ranked, nowMs);
  } else {
    const code = isOutOfBudget(selection) ? 'BUDGET_EXHAUSTED' : 'NO_ELIGIBLE_NODE';
    return { kind: 'refused', code, excluded };
  }
  return { kind: 'choice', strategy, policy, call, ranked, excluded, probe, lastResort };
}

function routed(
  service: Service,
  { strategy, call, ranked, excluded, probe, lastResort }: Choice,
  overrideDrawMicroUsd: MicroUsd,
  leaseExpiresAtMs: number,
): Routed {
  const chosen = ranked[0]!;
  const alternatives: RankedNode[] = [];
  for (let place = 1; place < ranked.length; place++) {
    alternatives.push(rankedNode(ranked[place]!, call.targetLatencyMs));
  }
  return {
    kind: 'routed',
    chosen: rankedNode(chosen, call.targetLatencyMs),
    alternatives,
    excluded,
    strategy,
    confidenceScore: confidenceScore(chosen, ranked),
    lastResort,
    probe: probe !== null,
    overrideDrawMicroUsd,
    leaseExpiresAtMs,
    primaryCostMicroUsd: service.primaryCostMicroUsd,
  };
}

function termsOf({ allowance, gossip }: Service, request: RouteRequest, nowMs: number): CallTerms {
  return {
    nowMs,
    isCritical: request.priority === 'CRITICAL',
    costLimitMicroUsd: request.costLimitMicroUsd,
    remainingBudgetMicroUsd: request.remainingBudgetMicroUsd,
    overrideAllowanceMicroUsd: allowance.current(nowMs)?.allowanceMicroUsd ?? null,
    replicas: gossip.replicas,
  };
}

/** The call is in flight at the node from now on; answers until when. */
function send(
  service: Service,
  live: LiveNode,
  request: RouteRequest,
  isProbe: boolean,
  nowMs: number,
): number {
  const { nodeId, maxRequestsPerSecond } = live.node;
  const { coordinationId, priority } = request;
  const leaseExpiresAtMs = nowMs + service.config.thresholds.inFlightLeaseMs;
  live.facts.routed(nowMs);
  if (maxRequestsPerSecond !== null) live.pace.sent(maxRequestsPerSecond, service.gossip.replicas, nowMs);
  if (isProbe) service.circuits.carryProbe(live, coordinationId);
  service.tickets.open({
    serviceName: service.name,
    nodeId,
    coordinationId,
    priority,
    probe: isProbe,
    decidedAtMs: nowMs,
    leaseExpiresAtMs,
    node: live,
    isOpen: true,
  });
  return leaseExpiresAtMs;
}

function rankedNode({ node, reading, score }: LiveNode, targetLatencyMs: number): RankedNode {
  return {
    node,
    successProbability: reading.success,
    latencyMs: reading.latencyMs,
    healthScore: 100 * health(reading, targetLatencyMs),
    score,
  };
}

function toFront(ranked: LiveNode[], node: LiveNode): void {
  ranked.splice(ranked.indexOf(node), 1);
  ranked.unshift(node);
}
