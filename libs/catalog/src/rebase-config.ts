import { diffConfig } from './diff-config.js';

export interface Rebased<T> {
  config: T;
  /** Where both changed the same to something else, as {@link diffConfig} names places; `config` has mine there. */
  conflicts: string[];
}

type Item = { nodeId: string };
type Parts = ReadonlyMap<string, unknown>;

/**
 * My changes to `base` made to `theirs` instead: a three-way merge, field by field. List items that have a `nodeId` go
 * by it; other lists are taken whole. Changes nothing that it is given.
 */
export function rebaseConfig<T>(base: T, mine: T, theirs: T): Rebased<T> {
  const conflicts: string[] = [];
  return { config: merge(base, mine, theirs, '') as T, conflicts };

  function merge(from: unknown, left: unknown, right: unknown, path: string): unknown {
    if (same(from, left)) return right;
    if (same(from, right) || same(left, right)) return left;
    if ([from, left, right].every(isItems)) {
      const merged = mergeParts(
        byNodeId(from as Item[]),
        byNodeId(left as Item[]),
        byNodeId(right as Item[]),
        path,
      );
      return [...merged.values()];
    }
    if ([from, left, right].every(isRecord)) {
      const [before, ours, others] = [from, left, right].map((one) => new Map(Object.entries(one as object)));
      return Object.fromEntries(mergeParts(before!, ours!, others!, path));
    }
    conflicts.push(path);
    return left;
  }

  /** In their order, then what only mine has. */
  function mergeParts(from: Parts, left: Parts, right: Parts, path: string): Map<string, unknown> {
    const merged = new Map<string, unknown>();
    for (const key of new Set([...right.keys(), ...left.keys()])) {
      const at = path === '' ? key : `${path}.${key}`;
      const value = merge(from.get(key), left.get(key), right.get(key), at);
      if (value !== undefined) merged.set(key, value);
    }
    return merged;
  }
}

function same(a: unknown, b: unknown): boolean {
  return diffConfig(a, b).length === 0;
}

function byNodeId(items: readonly Item[]): Parts {
  return new Map(items.map((item) => [item.nodeId, item]));
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isItems(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((item: unknown) => isRecord(item) && typeof (item as Partial<Item>).nodeId === 'string')
  );
}
