import { isUtf8, type Buffer } from 'node:buffer';

/** Far above what Twilio sends, far below what would take long to sort. */
const MAX_FIELDS = 1_000;

/** The fields of a form: each name with its value, or its values as they came where it is repeated. */
export type Form = ReadonlyMap<string, string | string[]>;

/**
 * Takes apart `application/x-www-form-urlencoded`, strictly: every pair has exactly one `=`, every escape is whole
 * and valid UTF-8. Twilio signs names and values run together without a mark between them, so a lenient reading
 * (`Body&x` for `Body=x`) would let changed bytes pass under an old signature.
 */
export function readForm(rawBody: Buffer): Form | 'not_utf8' | 'malformed_body' {
  if (!isUtf8(rawBody)) return 'not_utf8';
  const form = new Map<string, string | string[]>();
  if (rawBody.length === 0) return form;
  const text = rawBody.toString('utf8');
  let fields = 0;
  for (let start = 0; start <= text.length;) {
    const next = text.indexOf('&', start);
    const end = next < 0 ? text.length : next;
    const pair = text.slice(start, end);
    const equals = pair.indexOf('=');
    if (++fields > MAX_FIELDS || equals < 0 || pair.includes('=', equals + 1)) return 'malformed_body';
    const name = decoded(pair.slice(0, equals));
    const value = decoded(pair.slice(equals + 1));
    if (name === null || value === null) return 'malformed_body';
    add(form, name, value);
    start = end + 1;
  }
  return form;
}

function add(form: Map<string, string | string[]>, name: string, value: string): void {
  const present = form.get(name);
  if (present === undefined) form.set(name, value);
  else if (typeof present === 'string') form.set(name, [present, value]);
  else present.push(value);
}

/** Null for a broken escape or one that is not UTF-8. */
function decoded(text: string): string | null {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return null;
  }
}
