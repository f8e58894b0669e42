import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { classify, type Classification } from './classify.js';
import { retryAfterSeconds } from './retry-after.js';

const failed = (fields: object, message = 'it failed') => ({
  ok: false as const,
  error: Object.assign(new Error(message), fields),
});
const returned = (value: unknown) => ({ ok: true as const, value });
const fetchFailed = (cause: unknown) => ({
  ok: false as const,
  error: new TypeError('fetch failed', { cause }),
});

describe('classify', () => {
  const cases: [string, Parameters<typeof classify>[0], Classification][] = [
    ['any value', returned({ id: 'pi_1', status: 'succeeded' }), { outcome: 'success' }],
    ['nothing', returned(undefined), { outcome: 'success' }],
    ['a fetch 200', returned(new Response('{}')), { outcome: 'success', statusCode: 200 }],
    ['a fetch 302', returned(new Response('', { status: 302 })), { outcome: 'success', statusCode: 302 }],
    [
      'a fetch 500',
      returned(new Response('', { status: 500 })),
      { outcome: 'server_error', statusCode: 500 },
    ],
    [
      'a fetch 404',
      returned(new Response('', { status: 404 })),
      { outcome: 'client_error', statusCode: 404 },
    ],
    [
      'a fetch 429 that says when',
      returned(new Response('', { status: 429, headers: { 'retry-after': '7' } })),
      { outcome: 'rate_limited', statusCode: 429, retryAfterSeconds: 7 },
    ],
    [
      'an undici 503 that says when',
      returned({ statusCode: 503, headers: { 'retry-after': '2' } }),
      { outcome: 'server_error', statusCode: 503, retryAfterSeconds: 2 },
    ],
    ['a record with a status of its own', returned({ status: 500 }), { outcome: 'success' }],
    [
      'stripe: declined card',
      failed({ type: 'StripeCardError', statusCode: 402 }),
      { outcome: 'client_error', statusCode: 402 },
    ],
    [
      'stripe: rate limited',
      failed({ type: 'StripeRateLimitError', statusCode: 429, headers: { 'retry-after': '3' } }),
      { outcome: 'rate_limited', statusCode: 429, retryAfterSeconds: 3 },
    ],
    [
      'stripe: connection',
      failed({ type: 'StripeConnectionError', detail: Object.assign(new Error(), { code: 'ECONNRESET' }) }),
      { outcome: 'connection_error' },
    ],
    [
      'stripe: timeout',
      failed({
        type: 'StripeConnectionError',
        detail: Object.assign(new TypeError(), { code: 'ETIMEDOUT' }),
      }),
      { outcome: 'timeout' },
    ],
    [
      'twilio: RestException',
      failed({ status: 500, code: 20500 }),
      { outcome: 'server_error', statusCode: 500 },
    ],
    [
      'sendgrid: ResponseError',
      failed({ code: 429, response: { headers: { 'Retry-After': '4' }, body: {} } }),
      { outcome: 'rate_limited', statusCode: 429, retryAfterSeconds: 4 },
    ],
    [
      'axios: a response',
      failed({ response: { status: 502 } }),
      { outcome: 'server_error', statusCode: 502 },
    ],
    ['axios: its timeout', failed({ code: 'ECONNABORTED' }), { outcome: 'timeout' }],
    ['request timeout from the server', failed({ statusCode: 408 }), { outcome: 'timeout', statusCode: 408 }],
    ['fetch: refused', fetchFailed({ code: 'ECONNREFUSED' }), { outcome: 'connection_error' }],
    [
      'fetch: refused on IPv6 and IPv4',
      fetchFailed(new AggregateError([{ code: 'ECONNREFUSED' }, { code: 'ECONNREFUSED' }])),
      { outcome: 'connection_error' },
    ],
    ['fetch: connect timeout', fetchFailed({ code: 'UND_ERR_CONNECT_TIMEOUT' }), { outcome: 'timeout' }],
    ['fetch: no such host', fetchFailed({ code: 'ENOTFOUND' }), { outcome: 'connection_error' }],
    [
      'fetch: bad certificate',
      fetchFailed({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
      { outcome: 'connection_error' },
    ],
    ['fetch: cut in the body', failed({}, 'terminated'), { outcome: 'connection_error' }],
    [
      'fetch: garbage on the wire',
      fetchFailed({ code: 'HPE_INVALID_CONSTANT' }),
      { outcome: 'connection_error' },
    ],
    ['AbortSignal.timeout', failed({ name: 'TimeoutError' }), { outcome: 'timeout' }],
    ['undici: no headers in time', failed({ code: 'UND_ERR_HEADERS_TIMEOUT' }), { outcome: 'timeout' }],
    [
      'a bug in the caller',
      { ok: false, error: new TypeError('x is not a function') },
      { outcome: 'client_error' },
    ],
    ['a thrown string', { ok: false, error: 'no' }, { outcome: 'client_error' }],
  ];

  for (const [name, settled, expected] of cases) {
    it(`${name} → ${expected.outcome}`, () => assert.deepEqual(classify(settled), expected));
  }

  it('ends on an error that is its own cause', () => {
    const error: Error = new Error('loop');
    error.cause = error;
    assert.deepEqual(classify({ ok: false, error }), { outcome: 'client_error' });
  });
});

describe('retryAfterSeconds', () => {
  const now = Date.parse('2026-01-15T12:00:00Z');
  const cases: [string | null | undefined, number | undefined][] = [
    ['30', 30],
    ['0', 0],
    ['1.5', 1.5],
    ['Thu, 15 Jan 2026 12:01:30 GMT', 90],
    ['Thu, 15 Jan 2026 11:00:00 GMT', 0],
    ['-5', 0],
    ['999999999', 86_400],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
    [undefined, undefined],
  ];
  for (const [header, seconds] of cases) {
    it(`${JSON.stringify(header)} → ${seconds}`, () => assert.equal(retryAfterSeconds(header, now), seconds));
  }
});
