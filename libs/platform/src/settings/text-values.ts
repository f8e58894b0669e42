import type { TSchema } from 'typebox';

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * What a text from an environment variable or a query string means under its schema: a number, a boolean,
 * a comma-separated list or the text itself. A text that does not fit is returned unchanged, so that the
 * schema check names it.
 */
export function fromText(schema: TSchema, text: string): unknown {
  switch ((schema as { type?: unknown }).type) {
    case 'integer':
    case 'number':
      return DECIMAL.test(text.trim()) ? Number(text) : text;
    case 'boolean':
      return { true: true, false: false, 1: true, 0: false }[text.trim().toLowerCase()] ?? text;
    case 'array':
      return text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    default:
      return text;
  }
}

export function defaultOf(schema: TSchema): unknown {
  return (schema as { default?: unknown }).default;
}

/** An example of a value, for whoever got it wrong, where the property was declared with `looksLike`. */
export function looksLike(schema: TSchema): string | undefined {
  return (schema as { looksLike?: string }).looksLike;
}

/** Whether the property was declared with `secret: true`. */
export function isSecret(schema: TSchema): boolean {
  return (schema as { secret?: unknown }).secret === true;
}
