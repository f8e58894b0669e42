import type { Exclusion } from '../route.js';
import { busy, forbidden, isBelowFloor, unwell, type CallTerms } from './eligibility.js';
import type { LiveNode } from './live-node.js';

/** No exclusions, without an array for every decision that has none. */
const NONE: readonly Exclusion[] = Object.freeze([]);

/** The nodes of one service sorted by what one call may have. Reused by every decision of the service. */
export class Selection {
  /** Candidates. */
  readonly eligible: LiveNode[] = [];
  /** Could be had, but better not: for the last resort. */
  readonly unwell: LiveNode[] = [];
  /** Half-open, and this call may be its probe. */
  probe: LiveNode | null = null;
  #excluded: Exclusion[] = [];

  get excluded(): readonly Exclusion[] {
    return this.#excluded.length === 0 ? NONE : this.#excluded;
  }

  gather(
    nodes: readonly LiveNode[],
    terms: CallTerms,
    floor: number | null,
    mayProbe: (node: LiveNode) => boolean,
  ): void {
    this.eligible.length = 0;
    this.unwell.length = 0;
    this.probe = null;
    // The last decision's array belongs to its result.
    if (this.#excluded.length > 0) this.#excluded = [];
    for (const node of nodes) this.#place(node, terms, mayProbe);
    if (floor !== null) this.#dropBelow(floor, terms.nowMs);
    for (const node of this.eligible) {
      node.facts.wasPresent(terms.nowMs);
      node.read(terms.nowMs);
    }
  }

  /** Whether money alone keeps the call from every node that it could otherwise have. */
  get isOutOfBudget(): boolean {
    return this.#excluded.some(({ reason }) => reason === 'over_budget' || reason === 'over_cost_limit');
  }

  #place(node: LiveNode, terms: CallTerms, mayProbe: (node: LiveNode) => boolean): void {
    const never = forbidden(node, terms);
    if (never !== null) {
      if (never.reason === 'drained' || never.reason === 'credentials_revoked') {
        node.facts.wasAbsent(terms.nowMs);
      }
      this.#excluded.push(never);
      return;
    }
    node.read(terms.nowMs);
    const notNow = unwell(node, terms);
    if (notNow === null) {
      this.eligible.push(node);
      return;
    }
    if (notNow.reason !== 'at_capacity') node.facts.wasAbsent(terms.nowMs);
    if (this.probe === null && mayProbe(node) && busy(node, terms) === null) {
      this.probe = node;
      return;
    }
    this.unwell.push(node);
    this.#excluded.push(notNow);
  }

  /** Drops candidates below the service's floor, unless that would drop them all. */
  #dropBelow(floor: number, nowMs: number): void {
    const { eligible } = this;
    let kept = 0;
    for (const node of eligible) if (!isBelowFloor(node, floor)) kept++;
    if (kept === 0 || kept === eligible.length) return;
    kept = 0;
    for (const node of eligible) {
      if (isBelowFloor(node, floor)) {
        node.facts.wasAbsent(nowMs);
        this.#excluded.push(node.excluded('below_floor', null));
      } else {
        eligible[kept++] = node;
      }
    }
    eligible.length = kept;
  }
}
