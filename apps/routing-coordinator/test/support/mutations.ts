import type { TSchema } from 'typebox';

/** A body with one thing wrong, and the path of the field that has it. */
export interface Mutation {
  why: string;
  path: string;
  body: unknown;
}

/** What the generator reads of a JSON schema. */
interface Shape {
  type?: string;
  enum?: readonly unknown[];
  anyOf?: readonly Shape[];
  properties?: Record<string, Shape>;
  required?: readonly string[];
  additionalProperties?: unknown;
  items?: Shape;
  maxItems?: number;
  maxLength?: number;
  pattern?: string;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
}

/**
 * Every way to break one field of a valid body against its schema: required fields dropped, wrong types, words
 * outside a closed set, texts too long or of the wrong form, numbers out of bounds, lists too long, fields that
 * are not known where only known ones are taken. Fields that `valid` leaves out are broken too where their
 * parent is there.
 */
export function mutationsOf(schema: TSchema, valid: unknown): Mutation[] {
  return broken(schema as Shape, valid, [])
    .filter(({ at }) => at.length > 0)
    .map(({ why, at, value }) => ({ why, path: at.join('.'), body: replaced(valid, at, value) }));
}

interface Break {
  why: string;
  at: string[];
  /** Undefined: the field is left out. */
  value: unknown;
}

function broken(shape: Shape, valid: unknown, at: string[]): Break[] {
  const breaks = wrongValues(shape).map(([why, value]) => ({ why, at, value }));
  if (isObject(valid)) {
    for (const [name, property] of Object.entries(shape.properties ?? {})) {
      const inside = [...at, name];
      if (shape.required?.includes(name)) breaks.push({ why: 'missing', at: inside, value: undefined });
      breaks.push(...broken(property, valid[name], inside));
    }
    if (shape.additionalProperties === false) {
      breaks.push({ why: 'not a known field', at: [...at, 'noSuchField'], value: 1 });
    }
  }
  if (Array.isArray(valid) && valid.length > 0) {
    const tooMany = Array.from({ length: (shape.maxItems ?? 0) + 1 }, () => valid[0] as unknown);
    if (shape.maxItems !== undefined) breaks.push({ why: 'too long', at, value: tooMany });
    if (shape.items !== undefined) breaks.push(...broken(shape.items, valid[0], [...at, '0']));
  }
  return breaks;
}

function wrongValues(shape: Shape): [string, unknown][] {
  if (shape.enum !== undefined)
    return [
      ['outside its set', 'no_such_word'],
      ['no word', 42],
    ];
  if (shape.anyOf !== undefined) return [['of no allowed type', [{}]]];
  switch (shape.type) {
    case 'object':
      return [
        ['no object', 'text'],
        ['a list', [1]],
        ['null', null],
      ];
    case 'array':
      return [['no list', 'text']];
    case 'string':
      return [
        ['no text', 42],
        ['null', null],
        ...(shape.maxLength === undefined
          ? []
          : [['too long', 'x'.repeat(shape.maxLength + 1)] as [string, unknown]]),
        ...(shape.pattern === undefined
          ? []
          : [['of the wrong form', '\u0000 \u202e"'] as [string, unknown]]),
      ];
    case 'number':
    case 'integer':
      return [
        ['a number as text', '12'],
        // What JSON makes of NaN and the infinities.
        ['not a number', null],
        ...(shape.type === 'integer' ? [['a fraction', 1.5] as [string, unknown]] : []),
        ...bound(shape.minimum, -1),
        ...bound(shape.exclusiveMinimum, 0),
        ...bound(shape.maximum, 1),
      ];
    case 'boolean':
      return [['no boolean', 'true']];
    default:
      return [];
  }
}

function bound(limit: number | undefined, step: number): [string, unknown][] {
  return limit === undefined ? [] : [[`beyond ${limit}`, limit + step]];
}

function replaced(root: unknown, [name, ...rest]: string[], value: unknown): unknown {
  if (name === undefined) return value;
  if (Array.isArray(root)) {
    return root.map((item: unknown, index) => (String(index) === name ? replaced(item, rest, value) : item));
  }
  const parent = isObject(root) ? root : {};
  const { [name]: child, ...others } = parent;
  const next = replaced(child, rest, value);
  return next === undefined ? others : { ...others, [name]: next };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
