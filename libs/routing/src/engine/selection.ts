import type { Exclusion } from '../route.js';
import { forbidden, isBelowFloor, mayProbe, unwell, type CallTerms } from './eligibility.js';
import type { LiveNode } from './live-node.js';

/** The nodes of one service, sorted by what one call may have. */
export interface Selection {
  readonly candidates: LiveNode[];
  /** Could be had, but better not: for the last resort. */
  readonly unwell: LiveNode[];
  /** Half-open, and this call may be its probe. */
  readonly probe: LiveNode | null;
  readonly excluded: Exclusion[];
}

export function select(nodes: readonly LiveNode[], terms: CallTerms, floor: number | null): Selection {
  const { nowMs } = terms;
  const candidates: LiveNode[] = [];
  const left: LiveNode[] = [];
  const excluded: Exclusion[] = [];
  let probe: LiveNode | null = null;
  for (const node of nodes) {
    const never = forbidden(node, terms);
    if (never !== null) {
      if (never.reason === 'drained' || never.reason === 'credentials_revoked') node.facts.wasAbsent(nowMs);
      excluded.push(never);
      continue;
    }
    node.read(nowMs);
    const notNow = unwell(node, terms);
    if (notNow === null) {
      candidates.push(node);
      continue;
    }
    if (notNow.reason !== 'at_capacity') node.facts.wasAbsent(nowMs);
    if (probe === null && mayProbe(node, terms)) {
      probe = node;
    } else {
      left.push(node);
      excluded.push(notNow);
    }
  }
  if (floor !== null) dropBelow(floor, candidates, excluded, nowMs);
  for (const node of candidates) {
    node.facts.wasPresent(nowMs);
    node.read(nowMs);
  }
  return { candidates, unwell: left, probe, excluded };
}

/** Whether money alone keeps the call from every node that it could otherwise have. */
export function isOutOfBudget({ excluded }: Selection): boolean {
  return excluded.some(({ reason }) => reason === 'over_budget' || reason === 'over_cost_limit');
}

/** Drops candidates below the service's floor, unless that would drop them all. */
function dropBelow(floor: number, candidates: LiveNode[], excluded: Exclusion[], nowMs: number): void {
  let kept = 0;
  for (const node of candidates) if (!isBelowFloor(node, floor)) kept++;
  if (kept === 0 || kept === candidates.length) return;
  kept = 0;
  for (const node of candidates) {
    if (isBelowFloor(node, floor)) {
      node.facts.wasAbsent(nowMs);
      excluded.push(node.excluded('below_floor', null));
    } else {
      candidates[kept++] = node;
    }
  }
  candidates.length = kept;
}
