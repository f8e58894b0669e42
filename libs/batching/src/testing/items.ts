import type { AssemblerPolicy } from '../assembler/assembler.js';
import type { AssemblerItem } from '../assembler/item.js';

export const POLICY: AssemblerPolicy = {
  maxItems: 10,
  maxWaitMs: 1_000,
  maxBytes: 1_000_000,
  maxCostMicroUsd: 1_000_000,
  targetLatencyMs: 400,
  worthWaiting: 0.3,
  maxWaiting: 1_000,
};

let serial = 0;

/** A low item of one unit under the key `key`, unless said otherwise. */
export function anItem(own: Partial<AssemblerItem> & { acceptedAtMs: number }): AssemblerItem {
  return {
    id: `item-${serial++}`,
    family: 'operation',
    mergeKeys: ['key'],
    merges: true,
    lane: 'lane',
    priority: 'LOW',
    deadlineMs: null,
    units: 1,
    mostUnits: Infinity,
    bytes: 100,
    sharedBytes: 0,
    costMicroUsd: 0,
    conflicts: [],
    ...own,
  };
}
