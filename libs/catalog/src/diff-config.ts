/** One place where two configurations differ. `before` is absent where something was added, `after` where removed. */
export interface ConfigDifference {
  /** Dotted from the root; list items that have a `nodeId` go by it: `nodes.maps_here.weightPercent`. */
  path: string;
  before?: unknown;
  after?: unknown;
}

/** Where two JSON values differ, at the deepest place that says so, in the order of the keys. Empty when equal. */
export function diffConfig(before: unknown, after: unknown, path = ''): ConfigDifference[] {
  const left = children(before);
  const right = children(after);
  if (left === null || right === null) {
    return Object.is(before, after) ? [] : [difference(path, before, after)];
  }
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((key) => {
    const at = path === '' ? key : `${path}.${key}`;
    if (!left.has(key)) return [difference(at, undefined, right.get(key))];
    if (!right.has(key)) return [difference(at, left.get(key), undefined)];
    return diffConfig(left.get(key), right.get(key), at);
  });
}

/** The named parts of an object or list; null for anything that is compared whole. */
function children(value: unknown): Map<string, unknown> | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const names = value.map((item: unknown, index) => nodeIdOf(item) ?? String(index));
  return new Map(names.map((name, index) => [name, value[index] as unknown]));
}

function nodeIdOf(item: unknown): string | undefined {
  const id = typeof item === 'object' && item !== null && 'nodeId' in item ? item.nodeId : undefined;
  return typeof id === 'string' ? id : undefined;
}

function difference(path: string, before: unknown, after: unknown): ConfigDifference {
  return {
    path,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}
