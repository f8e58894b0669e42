/** One field of a configuration object as a form and a reader see it. What is allowed comes from its contract. */
export interface Field {
  /** Dotted from the body's root. */
  path: string;
  label: string;
  /** What it does, or when it matters. */
  help?: string;
  kind: FieldKind;
  unit?: Unit;
  /** What holds while it is not set. */
  absent?: string;
}

type FieldKind = 'number' | 'text' | 'choice' | 'switch' | 'words' | 'zone' | 'tiers';
/** `ratio` is 0..1 on the wire and percent for people. */
export type Unit = 'ms' | 'minutes' | 'usd' | 'ratio' | 'percent' | 'bytes' | 'perSecond';

export interface FieldGroup {
  title: string;
  fields: readonly Field[];
}

export type Body = Record<string, unknown>;

/** As much of a JSON schema as a form needs. */
export interface SchemaNode {
  properties?: Record<string, SchemaNode>;
  required?: readonly string[];
  anyOf?: readonly SchemaNode[];
  type?: string;
  enum?: readonly string[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  maxLength?: number;
}

export interface Allowed {
  schema: SchemaNode;
  /** May be left out. */
  optional: boolean;
  /** May be null. */
  nullable: boolean;
}

/** What the contract allows at `path`. @throws Error for a path that it does not have */
export function allowedAt(root: SchemaNode, path: string): Allowed {
  let node = root;
  let optional = false;
  for (const key of path.split('.')) {
    const next = node.properties?.[key];
    if (next === undefined) throw new Error(`the contract has no ${path}`);
    optional ||= !(node.required ?? []).includes(key);
    node = next;
  }
  const nullable = node.anyOf?.some(({ type }) => type === 'null') ?? false;
  const schema = nullable ? (node.anyOf?.find(({ type }) => type !== 'null') ?? node) : node;
  return { schema, optional, nullable };
}

export function valueAt(body: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isBody(value) ? value[key] : undefined), body);
}

/** A copy with `value` at `path`; `undefined` takes the field away, and what holds nothing else with it. */
export function withValueAt(body: Body, path: string, value: unknown): Body {
  const [key = '', ...rest] = path.split('.');
  const next = { ...body };
  const inner = body[key];
  const put = rest.length === 0 ? value : withValueAt(isBody(inner) ? inner : {}, rest.join('.'), value);
  const gone = put === undefined || (rest.length > 0 && isBody(put) && Object.keys(put).length === 0);
  if (gone) delete next[key];
  else next[key] = put;
  return next;
}

export function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Ten digits: what percent of a ratio can carry without showing how floats are made. */
export function toPercent(ratio: number): number {
  return Number((ratio * 100).toPrecision(10));
}

export function toRatio(percent: number): number {
  return Number((percent / 100).toPrecision(10));
}
