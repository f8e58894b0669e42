import type { CallPriority } from '@signalbox/contracts';
import type { Operation, WireItem } from '../wire/operation.js';

/** What the assembler has to know of an item; what is in it is nobody's business here. */
export interface AssemblerItem {
  readonly id: string;
  /** What kind of item it is, for guessing how often more like it come: the operation. */
  readonly family: string;
  /** Items that have one in common may share a batch; the first is preferred. */
  readonly mergeKeys: readonly [string, ...string[]];
  /** False: in a batch it is still a request of its own. */
  readonly merges: boolean;
  readonly lane: string;
  readonly priority: CallPriority;
  /** Epoch ms from which its wait is counted. */
  readonly acceptedAtMs: number;
  /** Longest that the caller lets it wait, ms; null: as its priority has it. */
  readonly deadlineMs: number | null;
  readonly units: number;
  readonly mostUnits: number;
  readonly bytes: number;
  readonly sharedBytes: number;
  /** What the provider bills more because it joined. */
  readonly costMicroUsd: number;
  readonly conflicts: readonly string[];
}

/** `unitPriceMicroUsd`: what the provider bills for one unit, of the dearest node that may carry it. */
export function assemblerItem(
  operation: Operation,
  item: WireItem,
  terms: Pick<AssemblerItem, 'priority' | 'acceptedAtMs' | 'deadlineMs'> & { unitPriceMicroUsd: number },
): AssemblerItem {
  const { priority, acceptedAtMs, deadlineMs, unitPriceMicroUsd } = terms;
  const { addedBillableUnits, ...measure } = operation.measure(item.payload);
  const [first, ...others] = operation.mergeKeys(item.payload);
  const named = (key: string) => `${operation.name}:${key}`;
  return {
    id: item.id,
    family: operation.name,
    mergeKeys: [named(first), ...others.map(named)],
    merges: operation.merges,
    lane: operation.lane(item.payload),
    priority,
    acceptedAtMs,
    deadlineMs,
    ...measure,
    costMicroUsd: Math.round(addedBillableUnits * unitPriceMicroUsd),
  };
}

/** The share of the longest wait that an item of each priority lends to others. */
const WAIT_SHARE: Record<CallPriority, number> = { CRITICAL: 0, HIGH: 0.25, MEDIUM: 0.5, LOW: 1 };

/** Epoch ms by which the item is to leave. */
export function dueAtMs(
  item: Pick<AssemblerItem, 'priority' | 'acceptedAtMs' | 'deadlineMs'>,
  maxWaitMs: number,
): number {
  return item.acceptedAtMs + Math.min(WAIT_SHARE[item.priority] * maxWaitMs, item.deadlineMs ?? Infinity);
}
