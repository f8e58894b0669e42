import { isUtf8, type Buffer } from 'node:buffer';

/** Far above what Twilio sends, far below what would take long to sort. */
const MAX_FIELDS = 1_000;

/** The fields of a form: each name with its values as they came. */
export type Form = ReadonlyMap<string, readonly string[]>;

/**
 * Takes apart `application/x-www-form-urlencoded`, strictly: every pair has exactly one `=`, every escape is whole
 * and valid UTF-8. Twilio signs names and values run together without a mark between them, so a lenient reading
 * (`Body&x` for `Body=x`) would let changed bytes pass under an old signature.
 */
export function readForm(rawBody: Buffer): Form | 'not_utf8' | 'malformed_body' {
  if (!isUtf8(rawBody)) return 'not_utf8';
  const form = new Map<string, string[]>();
  if (rawBody.length === 0) return form;
  const pairs = rawBody.toString('utf8').split('&', MAX_FIELDS + 1);
  if (pairs.length > MAX_FIELDS) return 'malformed_body';
  for (const pair of pairs) {
    const halves = pair.split('=', 3);
    if (halves.length !== 2) return 'malformed_body';
    const [name, value] = halves.map(decoded);
    if (name === undefined || name === null || value === undefined || value === null) return 'malformed_body';
    const values = form.get(name);
    if (values === undefined) form.set(name, [value]);
    else values.push(value);
  }
  return form;
}

/** Null for a broken escape or one that is not UTF-8. */
function decoded(text: string): string | null {
  if (!/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
