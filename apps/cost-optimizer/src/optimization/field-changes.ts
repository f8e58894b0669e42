import { SignalboxError, type FieldChange } from '@signalbox/contracts';

/**
 * Sets each field to what the change wants, when all of them still are as they were when it was replayed; everything
 * else in the body stays as somebody may have set it meanwhile. `revert` goes back the same way.
 *
 * @throws SignalboxError CONFLICT naming what has moved on
 */
export function changeFields<T>(body: T, fields: readonly FieldChange[], direction: 'apply' | 'revert'): T {
  const moved = fields.filter(({ path, from, to }) => {
    return !isSame(valueAt(body, path), direction === 'apply' ? from : to);
  });
  if (moved.length > 0) {
    const named = moved.map(({ path }) => path);
    throw new SignalboxError(
      'CONFLICT',
      `The configuration has moved on: ${named.join(', ')} ${named.length === 1 ? 'is' : 'are'} not what it was`,
      { fields: named.map((path) => ({ path, message: 'has been changed meanwhile' })) },
    );
  }
  return withFields(body, fields, direction);
}

/** Sets each field, whatever it is now. */
export function withFields<T>(body: T, fields: readonly FieldChange[], direction: 'apply' | 'revert'): T {
  const changed = structuredClone(body);
  for (const { path, from, to } of fields) setAt(changed, path, direction === 'apply' ? to : from);
  return changed;
}

/** Whether the body has every field as the change left it. */
export function hasFields(body: unknown, fields: readonly FieldChange[], side: 'from' | 'to'): boolean {
  return fields.every((field) => isSame(valueAt(body, field.path), field[side]));
}

/** Undefined where the path leads nowhere. */
function valueAt(body: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => childOf(value, name), body);
}

function setAt(body: unknown, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop()!;
  const parent = names.reduce<unknown>((current, name) => childOf(current, name), body);
  if (typeof parent !== 'object' || parent === null) throw new Error(`there is no ${path}`);
  // What was absent becomes absent again: a body that says null says something else.
  if (value === undefined) delete (parent as Record<string, unknown>)[last];
  else (parent as Record<string, unknown>)[last] = value;
}

/** List items that have a `nodeId` go by it. */
function childOf(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.find((item: { nodeId?: unknown } | null) => item?.nodeId === name);
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

function isSame(a: unknown, b: unknown): boolean {
  // Configuration values that settings change are plain: numbers, words, null, absent (null once it was stored).
  return a === b || (a === undefined && b === null) || (a === null && b === undefined);
}
