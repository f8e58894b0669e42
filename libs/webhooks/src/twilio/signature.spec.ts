import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import twilio from 'twilio';
import { verifierOf } from '../services.js';
import { BODIES, PUBLIC_URL, SECRETS, SIGN, secretOf, signTwilioJson } from '../testing/sign.js';
import type { Delivery } from '../verification/delivery.js';

const verify = verifierOf('twilio', [secretOf('twilio')]);
const reasonOf = (delivery: Delivery) => {
  const verdict = verify(delivery, 0);
  return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
};
const signedFor = (url: string, body: string, fields: Record<string, string | string[]>): Delivery => ({
  headers: { 'x-twilio-signature': twilio.getExpectedTwilioSignature(SECRETS.twilio, url, fields) },
  rawBody: Buffer.from(body),
  publicUrl: PUBLIC_URL,
  query: '',
});

describe('Twilio’s signature of a form', () => {
  it('covers any fields that Twilio’s library signs', () => {
    const field = fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 12 }), (fields) => {
        const form = new URLSearchParams(fields).toString();
        assert.equal(reasonOf(SIGN.twilio(Buffer.from(form), 0)), 'verified', form);
      }),
      { seed: 96 },
    );
  });

  it('takes repeated values once and sorted', () => {
    const delivery = signedFor(PUBLIC_URL, 'b=2&a=z&a=y&a=z&b=2', { a: ['z', 'y', 'z'], b: ['2', '2'] });
    assert.equal(reasonOf(delivery), 'verified');
    // A list of one value that is repeated is the value: `b2`, not `b2b2`.
    const { headers } = signedFor(PUBLIC_URL, '', { a: ['y', 'z'], b: '2' });
    assert.deepEqual(delivery.headers, headers);
  });

  it('sorts names by code units, as Twilio does: upper case first', () => {
    assert.equal(reasonOf(signedFor(PUBLIC_URL, 'a=1&B=2&_=3', { a: '1', B: '2', _: '3' })), 'verified');
  });

  it('covers names that objects have by birth', () => {
    const body = '__proto__=1&constructor=2&toString=3';
    const delivery = signedFor(`${PUBLIC_URL}__proto__1constructor2toString3`, body, {});
    assert.equal(reasonOf(delivery), 'verified');
  });

  for (const [body, reason] of [
    ['Body&x', 'malformed_body'],
    ['Body=x&', 'malformed_body'],
    ['Body=a=b', 'malformed_body'],
    ['Body=%4', 'malformed_body'],
    ['Body=%ff', 'malformed_body'],
    ['Body=%C3%28', 'malformed_body'],
    ['{"a":1}', 'malformed_body'],
  ] as const) {
    it(`refuses ${body}, which a lenient reading would run together to the same text`, () => {
      const delivery = signedFor(PUBLIC_URL, body, { Body: 'x' });
      assert.equal(reasonOf(delivery), reason);
    });
  }

  it('refuses bytes that are no UTF-8', () => {
    const delivery = SIGN.twilio(BODIES.twilio, 0);
    assert.equal(reasonOf({ ...delivery, rawBody: Buffer.from([0x61, 0x3d, 0xff]) }), 'not_utf8');
  });

  it('refuses more fields than it would sort', () => {
    const body = (count: number) => Buffer.from(Array.from({ length: count }, (_, i) => `f${i}=1`).join('&'));
    assert.equal(reasonOf(SIGN.twilio(body(1_000), 0)), 'verified');
    assert.equal(reasonOf(SIGN.twilio(body(1_001), 0)), 'malformed_body');
  });
});

describe('the URL in Twilio’s signature', () => {
  const CASES: [string, configured: string, signed: string][] = [
    ['as it was given', 'https://a.example/hook?x=1', 'https://a.example/hook?x=1'],
    ['with the default port', 'https://a.example/hook?x=1', 'https://a.example:443/hook?x=1'],
    ['without the default port', 'https://a.example:443/hook', 'https://a.example/hook'],
    ['with the default port of http', 'http://a.example/hook', 'http://a.example:80/hook'],
    ['without another port', 'https://a.example:8443/hook', 'https://a.example/hook'],
    ['with another port', 'https://a.example:8443/hook', 'https://a.example:8443/hook'],
    ['with a user', 'https://u:p@a.example/hook', 'https://u:p@a.example:443/hook'],
    ['of an IPv6 host', 'https://[2001:db8::1]/hook', 'https://[2001:db8::1]:443/hook'],
    ['with escapes as they stand', "https://a.example/h%2Fk?q='a b", "https://a.example/h%2Fk?q='a b"],
  ];
  for (const [title, configured, signed] of CASES) {
    it(`may be signed ${title}`, () => {
      const delivery = signedFor(signed, 'a=1', { a: '1' });
      assert.equal(reasonOf({ ...delivery, publicUrl: configured }), 'verified');
      assert.ok(
        twilio.validateRequest(SECRETS.twilio, delivery.headers['x-twilio-signature'] as string, configured, {
          a: '1',
        }),
        'Twilio’s library agrees',
      );
    });
  }

  for (const [title, configured, signed] of [
    ['another port', 'https://a.example/hook', 'https://a.example:8443/hook'],
    ['another scheme', 'https://a.example/hook', 'http://a.example/hook'],
    ['another host', 'https://a.example/hook', 'https://b.example/hook'],
    ['another query', 'https://a.example/hook?x=1', 'https://a.example/hook?x=2'],
    ['no query', 'https://a.example/hook?x=1', 'https://a.example/hook'],
  ] as const) {
    it(`is refused when it was signed with ${title}`, () => {
      const delivery = signedFor(signed, 'a=1', { a: '1' });
      assert.equal(reasonOf({ ...delivery, publicUrl: configured }), 'signature_mismatch');
    });
  }

  it('is configuration: without it nothing can be verified, whatever the headers say', () => {
    const delivery = SIGN.twilio(BODIES.twilio, 0);
    const headers = { ...delivery.headers, host: 'hooks.example.com', 'x-forwarded-proto': 'https' };
    assert.equal(reasonOf({ ...delivery, headers, publicUrl: null }), 'no_public_url');
  });
});

describe('Twilio’s signature of a body by its digest', () => {
  const json = Buffer.from('{"id":"1","data":{"é":"ü"}}');

  it('verifies what Twilio’s library does', () => {
    for (const url of [PUBLIC_URL, `${PUBLIC_URL}?tenant=7`]) {
      const delivery = signTwilioJson(json, url);
      assert.equal(reasonOf(delivery), 'verified');
      const signature = delivery.headers['x-twilio-signature'] as string;
      const whole = `${url}${url.includes('?') ? '&' : '?'}${delivery.query}`;
      assert.ok(twilio.validateRequestWithBody(SECRETS.twilio, signature, whole, json.toString()));
    }
  });

  it('refuses the body with any of its bytes changed', () => {
    const delivery = signTwilioJson(json);
    for (let index = 0; index < json.length; index++) {
      const rawBody = Buffer.from(json);
      rawBody[index] = (json[index] ?? 0) ^ 1;
      assert.equal(reasonOf({ ...delivery, rawBody }), 'body_digest_mismatch', String(index));
    }
  });

  it('refuses another digest, two of them, or one in another form', () => {
    const delivery = signTwilioJson(json);
    const withQuery = (query: string) => reasonOf({ ...delivery, query });
    assert.equal(
      withQuery(delivery.query.replace(/.$/, (last) => (last === '0' ? '1' : '0'))),
      'signature_mismatch',
    );
    assert.equal(withQuery(`${delivery.query}&${delivery.query}`), 'malformed_body_digest');
    assert.equal(
      withQuery(delivery.query.toUpperCase().replace('BODYSHA256', 'bodySHA256')),
      'malformed_body_digest',
    );
    assert.equal(withQuery('bodySHA256='), 'malformed_body_digest');
  });

  it('refuses a body without a digest that the signature does not cover', () => {
    const { headers } = signedFor(PUBLIC_URL, '', {});
    assert.equal(reasonOf({ headers, rawBody: json, publicUrl: PUBLIC_URL, query: '' }), 'malformed_body');
  });
});
