import { SignalboxError, type Page } from '@signalbox/contracts';

/** Lists are read by key, not by offset: rows that arrive meanwhile neither repeat nor hide others. */
export interface PageRequest {
  /** 50 when absent, at most 500. */
  limit?: number;
  /** The `nextCursor` of the page before; absent for the first page. */
  cursor?: string;
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

export function limitOf(request: PageRequest): number {
  const limit = request.limit ?? DEFAULT_LIMIT;
  return Math.min(Math.max(Math.trunc(limit), 1), MAX_LIMIT);
}

/** What a cursor holds: the sort key of the last row shown. */
type KeyPart = 'time' | 'number' | 'text';
type Key = readonly (string | number)[];

/** The key in a cursor, null without one. Throws VALIDATION_FAILED for what is no cursor of this list. */
export function keyOf(request: PageRequest, shape: readonly KeyPart[]): Key | null {
  if (request.cursor === undefined) return null;
  const key = parse(request.cursor);
  if (!Array.isArray(key) || key.length !== shape.length) throw badCursor();
  if (!shape.every((part, index) => fits(part, key[index]))) throw badCursor();
  return key as Key;
}

/** `rows` are one more than `limit` where there is a next page. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  keyOfRow: (row: Row) => Key,
  itemOf: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(itemOf),
    nextCursor: rows.length > limit && last !== undefined ? encode(keyOfRow(last)) : null,
  };
}

function encode(key: Key): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}

function fits(part: KeyPart, value: unknown): boolean {
  if (part === 'number') return Number.isSafeInteger(value);
  if (typeof value !== 'string' || value.includes('\0')) return false;
  return part === 'text' || (/^\d{4}-\d\d-\d\dT.*Z$/.test(value) && !Number.isNaN(Date.parse(value)));
}

function badCursor(): SignalboxError {
  return new SignalboxError('VALIDATION_FAILED', 'cursor: is not a cursor of this list', {
    fields: [{ path: 'cursor', message: 'is not a cursor of this list' }],
  });
}
