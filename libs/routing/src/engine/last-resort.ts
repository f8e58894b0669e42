import type { LastResortRule } from '../route.js';
import type { LiveNode } from './live-node.js';

/** A node that may be had but is better left alone, with the reason. */
interface LastResort {
  readonly rule: LastResortRule;
  /** Least first, among nodes of one rule. */
  readonly order: number;
}

/** Rules in the order they apply. */
const PRECEDENCE: Record<LastResortRule, number> = {
  least_loaded: 0,
  soonest_to_recover: 1,
  least_bad_success: 2,
};

/**
 * Who is taken when no node is eligible, so that the last node of a service is never ejected:
 *
 * 1. `least_loaded`: a well node at its capacity, the one with the fewest calls in flight. Too much work is
 *    better than a failing provider.
 * 2. `soonest_to_recover`: a node whose wait ends at a known time, the soonest; a half-open circuit is being
 *    tried and waits for nothing more.
 * 3. `least_bad_success`: what is left has its circuit open by hand. That is respected while any other node
 *    exists; to take the last node of a service out, drain it.
 *
 * Sorts best first and answers the rule of the first. `nodes` must not be empty.
 */
export function rankLastResort(nodes: LiveNode[], nowMs: number): LastResortRule {
  nodes.sort((a, b) => {
    const [left, right] = [lastResortOf(a, nowMs), lastResortOf(b, nowMs)];
    return (
      PRECEDENCE[left.rule] - PRECEDENCE[right.rule] ||
      left.order - right.order ||
      b.reading.success - a.reading.success
    );
  });
  return lastResortOf(nodes[0]!, nowMs).rule;
}

function lastResortOf({ circuit, facts, reading, inFlight }: LiveNode, nowMs: number): LastResort {
  if (circuit.state === 'open' && circuit.untilMs === null) {
    return { rule: 'least_bad_success', order: 1 - reading.success };
  }
  const openUntilMs = circuit.state === 'open' ? (circuit.untilMs ?? Infinity) : nowMs;
  if (circuit.state === 'closed' && facts.rateLimitedUntilMs <= nowMs) {
    return { rule: 'least_loaded', order: inFlight };
  }
  return { rule: 'soonest_to_recover', order: Math.max(openUntilMs, facts.rateLimitedUntilMs, nowMs) };
}
