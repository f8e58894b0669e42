import { types } from 'pg';
import type { ValueTransformer } from 'typeorm';

/** How PostgreSQL's values look to the rest of the code: ISO strings and plain numbers, never Date or bigint. */

const OID_INT8 = 20;
const OID_TIMESTAMPTZ = 1184;

type Parser = (text: string) => unknown;
const parseDate = types.getTypeParser(OID_TIMESTAMPTZ) as (text: string) => Date;

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} does not fit an exact number`);
  return value;
}

function parseTimestamp(text: string): string {
  return parseDate(text).toISOString();
}

/** Parsers for one pool; the process-wide ones of `pg` stay as they are. */
export const columnParsers = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): Parser {
    if (format !== 'binary' && oid === OID_INT8) return parseInt8;
    if (format !== 'binary' && oid === OID_TIMESTAMPTZ) return parseTimestamp;
    return types.getTypeParser(oid, format) as Parser;
  },
};

/** TypeORM turns every timestamp it loads into a Date; this turns it back. */
export const isoTimestamp: ValueTransformer = {
  from: (value: Date | null) => value?.toISOString() ?? null,
  to: (value: unknown) => value,
};
