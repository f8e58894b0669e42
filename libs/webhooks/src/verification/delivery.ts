import type { Buffer } from 'node:buffer';
import { refused, type Refused, type RefusalReason } from './verdict.js';

/** Names in lower case, as Node gives them. */
export type DeliveryHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** One request from a provider, as it came. */
export interface Delivery {
  readonly headers: DeliveryHeaders;
  /** The bytes as received: never parsed and written again. */
  readonly rawBody: Buffer;
  /** The whole URL as the provider was given it, query included: configuration, never a header. */
  readonly publicUrl: string | null;
  /** The request's own query, without its question mark. */
  readonly query: string;
}

/** One active secret; `value` in the form in which the provider shows it. */
export interface Secret {
  readonly id: string;
  readonly value: string;
}

/** Longer than any provider's signatures, shorter than what Node lets through. */
const MAX_HEADER_CHARS = 8_192;

/**
 * The header's text when it is there once. Repeated, it says two things of which a verifier and whoever stands
 * before it may each believe another: malformed.
 */
export function soleHeader(
  headers: DeliveryHeaders,
  name: string,
  missing: RefusalReason,
  malformed: RefusalReason,
): string | Refused {
  const given = headers[name];
  const text = Array.isArray(given) && given.length < 2 ? given[0] : given;
  if (text === undefined || text === '') return refused(missing);
  return typeof text === 'string' && text.length <= MAX_HEADER_CHARS ? text : refused(malformed);
}
