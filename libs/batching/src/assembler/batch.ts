import type { CallPriority } from '@signalbox/contracts';
import type { AssemblerItem } from './item.js';

/** Why a batch left when it did. */
export type LeaveReason = 'size' | 'deadline' | 'critical' | 'cost' | 'bytes' | 'idle';

export interface Batch {
  readonly id: string;
  readonly mergeKey: string;
  readonly lane: string;
  readonly reason: LeaveReason;
  /** The most urgent of its items'. */
  readonly priority: CallPriority;
  /** Most urgent first. */
  readonly items: readonly AssemblerItem[];
  readonly units: number;
  readonly bytes: number;
  readonly costMicroUsd: number;
}

/** Bounds that a batch of more than one item never passes; one item alone may: it is sent as it came. */
export interface BatchBounds {
  readonly units: number;
  readonly bytes: number;
  readonly costMicroUsd: number;
}

/** An item waiting in its group. */
export interface Waiting {
  readonly item: AssemblerItem;
  /** Order of arrival. */
  readonly sequence: number;
  readonly critical: boolean;
  readonly dueAtMs: number;
}

/** Critical before all others; else by when they are due, which is also what lets the low grow old in honour. */
export function moreUrgent(a: Waiting, b: Waiting): boolean {
  if (a.critical !== b.critical) return a.critical;
  if (a.dueAtMs !== b.dueAtMs) return a.dueAtMs < b.dueAtMs;
  return a.sequence < b.sequence;
}

export interface Load {
  readonly taken: readonly Waiting[];
  readonly left: readonly Waiting[];
  readonly units: number;
  readonly bytes: number;
  readonly costMicroUsd: number;
}

/**
 * As many of the waiting, most urgent first, as one batch may hold; what does not fit, or conflicts with one that is
 * in, is left for the next. The most urgent always goes.
 */
export function loaded(waiting: readonly Waiting[], bounds: BatchBounds): Load {
  const taken: Waiting[] = [];
  const left: Waiting[] = [];
  const conflicts = new Set<string>();
  let [units, bytes, sharedBytes, costMicroUsd, mostUnits] = [0, 0, 0, 0, bounds.units];
  for (const one of waiting) {
    const { item } = one;
    const most = Math.min(mostUnits, item.mostUnits);
    const shared = Math.max(sharedBytes, item.sharedBytes);
    const fits =
      units + item.units <= most &&
      bytes + item.bytes + shared <= bounds.bytes &&
      costMicroUsd + item.costMicroUsd <= bounds.costMicroUsd &&
      !item.conflicts.some((conflict) => conflicts.has(conflict));
    if (!fits && taken.length > 0) {
      left.push(one);
      continue;
    }
    taken.push(one);
    for (const conflict of item.conflicts) conflicts.add(conflict);
    units += item.units;
    bytes += item.bytes;
    costMicroUsd += item.costMicroUsd;
    sharedBytes = shared;
    mostUnits = most;
  }
  return { taken, left, units, bytes: bytes + sharedBytes, costMicroUsd };
}
