import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { SignalboxError, type FieldError } from './errors.js';

/**
 * A compiled schema: one check serves HTTP, NATS and the client alike. `Value` stands beside its schema because
 * the compiler compares two contracts by their parameters, and comparing two schemas takes it many seconds.
 */
export interface Contract<Value, Schema extends TSchema = TSchema> {
  readonly schema: Schema;
  check(value: unknown): value is Value;
  /** Every bad field by its path, at most {@link MAX_FIELD_ERRORS}. Empty when the value is valid. */
  errors(value: unknown): FieldError[];
  /** The value itself when valid, else throws VALIDATION_FAILED naming every bad field. */
  parse(value: unknown): Value;
}

/** Enough for any honest mistake, few enough that a hostile body cannot make a huge answer. */
export const MAX_FIELD_ERRORS = 50;

/* @__NO_SIDE_EFFECTS__ so that a page that uses one contract need not carry them all */
export function contract<T extends TSchema>(schema: T): Contract<Static<T>, T> {
  const validator = Compile(schema);
  const check = (value: unknown): value is Static<T> => validator.Check(value);
  const errors = (value: unknown): FieldError[] => (check(value) ? [] : fieldErrors(validator.Errors(value)));
  return {
    schema,
    check,
    errors,
    parse(value) {
      if (check(value)) return value;
      const fields = fieldErrors(validator.Errors(value));
      const named = fields.map((field) => `${field.path || 'body'}: ${field.message}`);
      throw new SignalboxError('VALIDATION_FAILED', named.slice(0, 3).join('; '), { fields });
    },
  };
}

interface SchemaError {
  keyword: string;
  instancePath: string;
  params: object;
  message: string;
}

/** Keywords that only repeat what a nested or sibling error already says better. */
const ECHOES = new Set(['anyOf', 'const', 'boolean']);

function fieldErrors(errors: readonly SchemaError[]): FieldError[] {
  const fields = new Map<string, string>();
  for (const error of errors) {
    for (const [path, message] of described(error)) {
      if (fields.size >= MAX_FIELD_ERRORS) break;
      if (!fields.has(path)) fields.set(path, message);
    }
  }
  if (fields.size === 0) fields.set('', errors[0]?.message ?? 'is not valid');
  return [...fields].map(([path, message]) => ({ path, message }));
}

function described(error: SchemaError): [string, string][] {
  const at = dotted(error.instancePath);
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'required':
      return (params['requiredProperties'] as string[]).map((name) => [join(at, name), 'is required']);
    case 'additionalProperties':
      return (params['additionalProperties'] as string[]).map((name) => [
        join(at, name),
        'is not a known field',
      ]);
    case 'enum':
      return [[at, `must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`]];
    case 'pattern':
    case 'format':
      return [[at, 'does not have the required form']];
    default:
      return ECHOES.has(error.keyword) ? [] : [[at, error.message]];
  }
}

function dotted(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.');
}

function join(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`;
}
