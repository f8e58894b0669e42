import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json.js';
import { encodePairs, formPairs, requestUrl, type HttpRequest } from './http.js';
import { verdictOf } from './verdict.js';

describe('canonical JSON', () => {
  it('is RFC 8785’s own example', () => {
    const value = {
      numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\\"/',
      literals: [null, true, false],
    };
    assert.equal(
      canonicalJson(value),
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts members by UTF-16 code units, as the RFC’s example does', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    const names = Object.values(JSON.parse(canonicalJson(value)) as Record<string, string>);
    // `1` is an index and comes first in any object that was parsed.
    assert.deepEqual(names.slice(1), [
      'Carriage Return',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it('is what the reference implementation writes, for any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        assert.equal(canonicalJson(value), canonicalize(value));
        assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 500, seed: 61 },
    );
  });

  it('refuses what is not JSON', () => {
    for (const value of [NaN, Infinity, '\ud800', { a: () => 0 }, 1n]) {
      assert.throws(() => canonicalJson(value), TypeError);
    }
  });
});

describe('a request', () => {
  const request: HttpRequest = {
    method: 'GET',
    origin: 'https://matrix.router.hereapi.com',
    path: '/v8/matrix',
    query: [['q', 'a b&c=ü;/']],
    headers: {},
    body: null,
  };

  it('goes to the host that the provider documents, at the provider', () => {
    const hosts = ['router.hereapi.com'];
    assert.equal(
      requestUrl('https://router.hereapi.com', request, hosts),
      'https://matrix.router.hereapi.com/v8/matrix?q=a%20b%26c%3D%C3%BC%3B%2F',
    );
  });

  it('stays at a node that is somewhere else', () => {
    const hosts = ['router.hereapi.com'];
    const url = requestUrl('http://127.0.0.1:9000/here/', { ...request, query: [] }, hosts);
    assert.equal(url, 'http://127.0.0.1:9000/here/v8/matrix');
  });

  it('writes a form as Stripe reads it', () => {
    const pairs = formPairs({ a: { b: [1, { c: true }] }, none: null, left: undefined, text: 'x y' });
    assert.equal(encodePairs(pairs), 'a%5Bb%5D%5B0%5D=1&a%5Bb%5D%5B1%5D%5Bc%5D=true&text=x%20y');
  });
});

describe('what an answer says', () => {
  const of = (status: number, body: unknown, headers = {}) =>
    verdictOf({ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }, 0);

  it('is its outcome by its status', () => {
    const outcomes = [200, 202, 302, 400, 408, 422, 429, 500, 503].map((status) => of(status, '').outcome);
    assert.deepEqual(outcomes, [
      'success',
      'success',
      'success',
      'client_error',
      'timeout',
      'client_error',
      'rate_limited',
      'server_error',
      'server_error',
    ]);
  });

  it('is the sentence that each provider puts elsewhere', () => {
    const messages = [
      of(402, { error: { type: 'card_error', message: 'Your card was declined.' } }),
      of(404, { error: 'NOT_FOUND' }),
      of(400, {
        errors: [
          { message: 'is required', field: 'from' },
          { message: 'no', field: null },
        ],
      }),
      of(400, { code: 21_211, message: 'Invalid To', status: 400 }),
      of(403, { error_message: 'key', status: 'REQUEST_DENIED' }),
      of(400, { title: 'Malformed request', status: 400 }),
      of(502, '<html>Bad gateway</html>'),
      of(500, ''),
    ].map(({ message }) => message);
    assert.deepEqual(messages, [
      'Your card was declined.',
      'NOT_FOUND',
      'from: is required; no',
      'Invalid To',
      'key',
      'Malformed request',
      '<html>Bad gateway</html>',
      'HTTP 500',
    ]);
  });

  it('is how long to wait', () => {
    assert.equal(of(429, '', { 'retry-after': '7' }).retryAfterMs, 7_000);
  });
});
