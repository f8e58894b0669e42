import { assemblerPolicy, defaultBatchPolicies } from '@signalbox/batching';
import type { Unique } from './simulate.js';

/** A request that may be sent at any time of an interval, and weighs so many units. */
export interface Interval {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly units: number;
}

/**
 * The fewest requests by which somebody who knew the whole trace could have served it: same deadlines, same bound on
 * size, duplicates removed. No scheduler that keeps them can send fewer; see `fewestBatches` for why. Where the truth
 * is hard to compute it is relaxed in the optimum's favour, so that the figure is a lower bound:
 *
 * - items of several units may be cut into single units, sent apart (else it is bin packing);
 * - two that may not be in one request (an address twice, a record twice) may be here;
 * - matrices that share origins or destinations through any chain of others are one merge key here;
 * - pacing, byte bounds and the cost bound hold the assembler only.
 */
export function fewestRequests(uniques: readonly Unique[]): {
  total: number;
  byOperation: Map<string, number>;
} {
  const byOperation = new Map<string, number>();
  const count = (name: string, requests: number): void => {
    byOperation.set(name, (byOperation.get(name) ?? 0) + requests);
  };
  for (const [name, group] of mergeGroups(uniques)) {
    const operation = name.slice(0, name.indexOf(' '));
    if (group.merges) count(operation, fewestBatches(group.intervals, group.capacity));
    else count(operation, group.intervals.length);
  }
  return { total: [...byOperation.values()].reduce((sum, one) => sum + one, 0), byOperation };
}

/**
 * The fewest points in time, each holding at most `capacity` units, so that every unit is at a point of its interval.
 *
 * Greedy: at the earliest end among the units left, place a point, and give it up to `capacity` of the units that
 * have begun, earliest end first. Why nothing is better, by exchange on any optimal solution S:
 *
 * 1. Let d be the earliest end. A point of S before d can be moved to d: whatever is assigned to it has begun by then
 *    and ends at d or later. So S has all its points at d or after, and, as the unit that ends at d needs one, at
 *    least one at d.
 * 2. Look at the units that S assigns to one point at d. If it has room, or holds a unit v, while a unit u that has
 *    begun and ends no later than v is at a later point p: u ends no earlier than p ≥ d, so v, ending no earlier than
 *    u, may be at p (v began by d ≤ p), and u at d. Swap them, or move u into the room. S stays feasible and has no
 *    more points. Repeated, the point at d holds exactly what the greedy rule gives it.
 * 3. Take that point and its units away: S without it is optimal for the rest, since a better rest would make a better
 *    S. By induction the greedy rule, which goes on with the same rest, uses as many points as S.
 */
export function fewestBatches(intervals: readonly Interval[], capacity: number): number {
  const byBegin = intervals.toSorted((a, b) => a.fromMs - b.fromMs);
  const byEnd = byBegin.toSorted((a, b) => a.untilMs - b.untilMs);
  const left = new Map(byBegin.map((interval) => [interval, interval.units]));
  let points = 0;
  for (const earliest of byEnd) {
    while ((left.get(earliest) ?? 0) > 0) {
      points++;
      let room = capacity;
      for (const interval of byEnd) {
        if (room <= 0) break;
        const units = left.get(interval) ?? 0;
        if (units === 0 || interval.fromMs > earliest.untilMs) continue;
        const taken = Math.min(room, units);
        room -= taken;
        left.set(interval, units - taken);
      }
    }
  }
  return points;
}

interface MergeGroup {
  readonly merges: boolean;
  readonly capacity: number;
  readonly intervals: Interval[];
}

/** By operation and merge key; keys that some item joins are one. */
function mergeGroups(uniques: readonly Unique[]): Map<string, MergeGroup> {
  const parents = new Map<string, string>();
  const rootOf = (key: string): string => {
    const parent = parents.get(key);
    return parent === undefined || parent === key ? key : rootOf(parent);
  };
  const keysOf = ({ arrival, operation, item }: Unique): string[] =>
    operation
      .mergeKeys(item.payload)
      .map((key) => `${arrival.stream.service}.${arrival.stream.operation} ${key}`);
  for (const unique of uniques) {
    const [first = '', ...others] = keysOf(unique);
    for (const other of others) parents.set(rootOf(other), rootOf(first));
  }
  const groups = new Map<string, MergeGroup>();
  for (const unique of uniques) {
    const { arrival, operation, item, dueAtMs } = unique;
    const { service } = arrival.stream;
    const name = rootOf(keysOf(unique)[0] ?? '');
    const measure = operation.measure(item.payload);
    const { maxItems } = assemblerPolicy(service, defaultBatchPolicies[service]);
    const group = groups.get(name) ?? {
      merges: operation.merges,
      // Vehicles asked for twice count once in a request: the bound is lifted, as it never binds in the trace.
      capacity: service === 'samsara' ? Infinity : Math.min(maxItems, measure.mostUnits),
      intervals: [],
    };
    groups.set(name, group);
    group.intervals.push({ fromMs: arrival.atMs, untilMs: dueAtMs, units: measure.units });
  }
  return groups;
}
