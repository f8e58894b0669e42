import type { OutcomeKind } from '@signalbox/contracts';
import { retryAfterSeconds } from './retry-after.js';

/** How the caller's function ended. */
export type Settled<T> = { ok: true; value: T } | { ok: false; error: unknown };

/** What a settled call says about its node. */
export interface Classification {
  outcome: OutcomeKind;
  statusCode?: number;
  retryAfterSeconds?: number;
}

export type Classify = (settled: Settled<unknown>) => Classification;

/**
 * What the end of a call says about its node, for whatever HTTP client or SDK made it.
 *
 * - A value with `headers` and a numeric `status` or `statusCode` is a response (fetch, undici) and judged by
 *   its status; any other value is a success.
 * - An error is judged by its HTTP status if it has one (stripe, twilio, sendgrid, axios, got), else by its
 *   code, its name and then its causes, since fetch and the stripe SDK wrap what happened on the socket.
 * - An error that shows none of these is the caller's own (a bug in the function, a failed check of the
 *   answer): `client_error`, which never counts against the node.
 */
export function classify(settled: Settled<unknown>): Classification {
  if (settled.ok) {
    const response = asResponse(settled.value);
    return response === undefined ? { outcome: 'success' } : byStatus(response.status, response.headers);
  }
  for (const error of causes(settled.error)) {
    const status = statusOf(error);
    if (status !== undefined) return byStatus(status, headersOf(error));
    const outcome = byCode(error);
    if (outcome !== undefined) return { outcome };
  }
  return { outcome: 'client_error' };
}

/** The one mapping from an HTTP status to an outcome. */
function byStatus(statusCode: number, headers: unknown): Classification {
  const outcome = outcomeOf(statusCode);
  if (outcome !== 'rate_limited' && outcome !== 'server_error') return { outcome, statusCode };
  const wait = retryAfterSeconds(header(headers, 'retry-after'), Date.now());
  return wait === undefined ? { outcome, statusCode } : { outcome, statusCode, retryAfterSeconds: wait };
}

function outcomeOf(status: number): OutcomeKind {
  if (status < 400) return 'success';
  if (status === 408) return 'timeout';
  if (status === 429) return 'rate_limited';
  return status < 500 ? 'client_error' : 'server_error';
}

const TIMEOUT_CODES = new Set([
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  // axios, unless told to use ETIMEDOUT
  'ECONNABORTED',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EPROTO',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
/** Families: undici's socket and parser errors, Node's TLS errors. */
const CONNECTION_PREFIXES = ['UND_ERR_SOCKET', 'HPE_', 'ERR_TLS_', 'ERR_SSL_'];

function byCode(error: Fields): OutcomeKind | undefined {
  const code = typeof error['code'] === 'string' ? error['code'] : '';
  if (TIMEOUT_CODES.has(code) || error['name'] === 'TimeoutError') return 'timeout';
  if (CONNECTION_CODES.has(code) || CONNECTION_PREFIXES.some((prefix) => code.startsWith(prefix))) {
    return 'connection_error';
  }
  // fetch throws these without a cause when the peer goes away in the middle of a body
  if (error['message'] === 'fetch failed' || error['message'] === 'terminated') {
    return hasCause(error) ? undefined : 'connection_error';
  }
  return undefined;
}

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

/** Deeper than any SDK wraps; a bound, because a cause may be its own cause. */
const DEEPEST_CAUSE = 8;

/** The error and what it wraps: `cause`, stripe's `detail`, the parts of an AggregateError (happy eyeballs). */
function causes(error: unknown): Fields[] {
  const found: Fields[] = [];
  const pending = [error];
  while (pending.length > 0 && found.length < DEEPEST_CAUSE) {
    const next = pending.shift();
    if (!isFields(next) || found.includes(next)) continue;
    found.push(next);
    pending.push(
      next['cause'],
      next['detail'],
      ...(Array.isArray(next['errors']) ? (next['errors'] as unknown[]) : []),
    );
  }
  return found;
}

function hasCause(error: Fields): boolean {
  return isFields(error['cause']);
}

function asStatus(value: unknown): number | undefined {
  const status = typeof value === 'number' ? value : Number.NaN;
  return Number.isInteger(status) && status >= 100 && status <= 599 ? status : undefined;
}

/** `status` (fetch, twilio), `statusCode` (undici, stripe), `response.status` (axios), `code` (sendgrid). */
function statusOf(error: Fields): number | undefined {
  const response = isFields(error['response']) ? error['response'] : {};
  const places = [
    error['status'],
    error['statusCode'],
    response['status'],
    response['statusCode'],
    error['code'],
  ];
  return places.map(asStatus).find((status) => status !== undefined);
}

function headersOf(error: Fields): unknown {
  return error['headers'] ?? (isFields(error['response']) ? error['response']['headers'] : undefined);
}

function asResponse(value: unknown): { status: number; headers: unknown } | undefined {
  if (!isFields(value) || !isFields(value['headers'])) return undefined;
  const status = asStatus(value['status']) ?? asStatus(value['statusCode']);
  return status === undefined ? undefined : { status, headers: value['headers'] };
}

/** One header of a `Headers` object or of a plain record with names in any case. */
function header(headers: unknown, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  if (!isFields(headers)) return undefined;
  const key = Object.keys(headers).find((candidate) => candidate.toLowerCase() === name);
  const value = key === undefined ? undefined : headers[key];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
