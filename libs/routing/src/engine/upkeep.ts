import type { FailurePredictor } from '../predictor.js';
import type { LiveNode } from './live-node.js';
import type { Service } from './service.js';

/** How often the predictor looks at each node. */
const OBSERVE_EVERY_MS = 1_000;

/** A replica that decided nothing for so long could not use a probe's lease: it leaves it to the others. */
const IDLE_MS = 60_000;

/** What time alone changes: leases end, circuits may be probed, silent replicas are gone. */
export function upkeep(service: Service, predictor: FailurePredictor, nowMs: number): void {
  service.tickets.expire(nowMs);
  service.gossip.expire(nowMs);
  const isObserving = nowMs - service.lastObservedAtMs >= OBSERVE_EVERY_MS;
  if (isObserving) service.lastObservedAtMs = nowMs;
  for (const live of service.nodes) {
    service.circuits.tick(live, nowMs);
    live.facts.peers.expire(nowMs);
    if (!isObserving) continue;
    predictor.observe({
      serviceName: service.name,
      nodeId: live.node.nodeId,
      atMs: nowMs,
      features: live.facts.features(nowMs),
      ...live.facts.takeTally(),
    });
  }
}

/** Nodes whose half-open circuit waits for a probe that this replica could send. */
export function nodesToProbe(service: Service, nowMs: number): LiveNode[] {
  const hasOverride = service.allowance.current(nowMs) !== null;
  const isDeciding = nowMs - service.lastDecidedAtMs < IDLE_MS;
  return service.nodes.filter(({ circuit, node, isRevoked }) => {
    if (circuit.state !== 'half_open' || circuit.probe !== null) return false;
    if (node.drained || isRevoked || (node.role === 'emergency' && !hasOverride)) return false;
    // Half-open for long: no replica is deciding, so whoever gets the next call may send it.
    return isDeciding || nowMs - circuit.changedAtMs >= IDLE_MS;
  });
}
