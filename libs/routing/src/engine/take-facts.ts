import { decidedSecondMs, type NodeDelta, type NodeStatsDelta, type OutcomeKind } from '@signalbox/contracts';
import { COUNTED_OUTCOMES } from '../facts/outcome-counts.js';
import type { ErrorSignal, RouteOutcome } from '../route.js';
import type { LiveNode } from './live-node.js';
import type { Service } from './service.js';

/** `duplicate`: reported before, nothing changed. `unknown_node`: the configuration has no such node (any more). */
export type OutcomeResult = 'applied' | 'duplicate' | 'unknown_node';

/** What became of one call, whichever replica decided it. */
export function takeOutcome(service: Service, report: RouteOutcome, nowMs: number): OutcomeResult {
  const { nodeId, coordinationId, outcome, latencyMs, retryAfterSeconds } = report;
  const ticket = service.tickets.settle(coordinationId);
  if (ticket === 'duplicate') return 'duplicate';
  ticket?.node.facts.settled();
  const live = service.node(nodeId);
  if (live === undefined) return 'unknown_node';
  // Another replica's call, or one whose lease is over.
  if (ticket === null)
    service.gossip.settledForOther(coordinationId, outcome, live.circuit.state === 'closed');
  if (isOldNews(live, ticket?.decidedAtMs ?? lastMsOfSecond(coordinationId))) return 'applied';
  const retryAfterMs = retryAfterSeconds === undefined ? null : retryAfterSeconds * 1_000;
  live.facts.record(outcome, latencyMs, retryAfterMs, nowMs);
  if (outcome !== 'client_error') service.throughput.add(1, nowMs);
  service.circuits.probeReported(live, coordinationId, outcome, nowMs);
  service.circuits.judge(live, nowMs);
  return 'applied';
}

/**
 * Whether the call was decided before the node's circuit last closed. A provider that hung ends its last calls
 * long after it is well again; counted, their timeouts would open the circuit anew.
 */
function isOldNews({ circuit }: LiveNode, decidedAtMs: number | null): boolean {
  return circuit.state === 'closed' && decidedAtMs !== null && decidedAtMs < circuit.changedAtMs;
}

/** The latest that the call can have been decided, for one decided elsewhere. */
function lastMsOfSecond(coordinationId: string): number | null {
  const secondMs = decidedSecondMs(coordinationId);
  return secondMs === null ? null : secondMs + 999;
}

/** A service's word that nodes are failing; nodes it does not have are ignored. */
export function takeError(service: Service, signal: ErrorSignal, nowMs: number): void {
  for (const nodeId of new Set(signal.failedNodeIds))
    service.node(nodeId)?.facts.weigh(signal.severity, nowMs);
}

/** What another replica learned. A repeated or late message changes nothing. */
export function takePeerDelta(service: Service, delta: NodeStatsDelta, nowMs: number): void {
  if (!service.gossip.accepts(delta, nowMs)) return;
  for (const nodeDelta of delta.nodes) {
    const live = service.node(nodeDelta.nodeId);
    if (live === undefined) continue;
    live.facts.absorb(delta.replicaId, nodeDelta, nowMs);
    service.throughput.add(countedIn(nodeDelta), nowMs);
    service.circuits.judge(live, nowMs);
  }
  const probeOutcomes = new Map<string, OutcomeKind>();
  for (const { coordinationId, outcome } of delta.probeOutcomes) probeOutcomes.set(coordinationId, outcome);
  for (const coordinationId of delta.settled) {
    const ticket = service.tickets.settle(coordinationId);
    if (ticket === null || ticket === 'duplicate') continue;
    ticket.node.facts.settled();
    const outcome = probeOutcomes.get(coordinationId);
    if (outcome !== undefined) service.circuits.probeReported(ticket.node, coordinationId, outcome, nowMs);
  }
}

function countedIn({ outcomes }: NodeDelta): number {
  return COUNTED_OUTCOMES.reduce((sum, outcome) => sum + (outcomes[outcome] ?? 0), 0);
}
