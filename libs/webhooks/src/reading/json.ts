import { isUtf8, type Buffer } from 'node:buffer';
import type { Contract } from '@signalbox/contracts';
import { unreadable, type Unreadable } from './received-event.js';

/** Providers nest five to ten deep. A value nested by the thousand would overflow whoever writes it again. */
const MAX_DEPTH = 64;

const BYTE_ORDER_MARK = 0xfeff;

/**
 * The JSON of a verified body, checked. One leading byte order mark is passed over, as RFC 8259 allows: the bytes
 * were verified with it. What is not UTF-8 is refused, for replacing its bytes would make another text of it.
 */
export function readJson<T>(rawBody: Buffer, contract: Contract<T>): { value: T; text: string } | Unreadable {
  if (!isUtf8(rawBody)) return unreadable('not_utf8', 'the body is not UTF-8');
  const marked = rawBody.toString('utf8');
  const text = marked.charCodeAt(0) === BYTE_ORDER_MARK ? marked.slice(1) : marked;
  const parsed = parse(text);
  if (parsed === undefined) return unreadable('not_json', 'the body is not JSON');
  if (isDeeper(parsed, MAX_DEPTH)) return unreadable('too_deep', `nested deeper than ${MAX_DEPTH}`);
  if (contract.check(parsed)) return { value: parsed, text };
  const [first] = contract.errors(parsed);
  return unreadable('wrong_shape', `${first?.path || 'body'}: ${first?.message ?? 'is not valid'}`);
}

/** Undefined when it is no JSON, which no JSON text is. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  for (const name in value) if (isDeeper((value as Record<string, unknown>)[name], depth - 1)) return true;
  return false;
}
