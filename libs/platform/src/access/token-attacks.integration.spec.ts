import assert from 'node:assert/strict';
import { generateKeyPairSync, createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it, mock } from 'node:test';
import { exportJWK, type JWK } from 'jose';
import { anOrder, bearer, probeApp, tokenWith, type ProbeApp } from '../testing/probe-app.js';

const nowSeconds = () => Math.floor(Date.now() / 1000);
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsaPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const p256Pem = p256.publicKey.export({ type: 'spki', format: 'pem' }).toString();

async function order(probe: ProbeApp, headers: Record<string, string>, path = 'orders') {
  const response = await probe.app.inject({
    method: 'POST',
    url: `/api/v1/probe/${path}`,
    headers,
    payload: anOrder,
  });
  const body = response.json<{ success: boolean; error?: { code: string }; data?: { subject: string } }>();
  return { status: response.statusCode, code: body.error?.code, body, headers: response.headers };
}

/** HMAC over the exact bytes a verifier would read: what no library agrees to sign. */
function forgedHs256(header: object, claims: object, key: string): string {
  const signed = `${base64url(header)}.${base64url(claims)}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

const honestClaims = () => ({
  sub: 'tester',
  role: 'admin',
  iss: 'signalbox',
  aud: 'signalbox',
  exp: nowSeconds() + 600,
});

describe('a server that trusts a local secret', () => {
  let probe: ProbeApp;
  before(async () => (probe = await probeApp()));
  after(() => probe.app.close());

  const attacks: Record<string, () => Promise<string> | string> = {
    'alg none without a signature': () => `${base64url({ alg: 'none' })}.${base64url(honestClaims())}.`,
    'alg None in other letters': () => `${base64url({ alg: 'nOnE' })}.${base64url(honestClaims())}.`,
    'another secret': () => tokenWith({}, new TextEncoder().encode('another secret of at least 32 bytes!')),
    'RS256 with a key of the attacker': () => tokenWith({}, otherRsa.privateKey, { alg: 'RS256' }),
    'a public key inside its own header': () =>
      forgedHs256({ alg: 'HS256', jwk: { kty: 'oct', k: 'aGk' } }, honestClaims(), 'hi'),
    'claims changed after signing': async () => {
      const [header, , signature] = (await tokenWith({ role: 'user' })).split('.');
      return `${header}.${base64url(honestClaims())}.${signature}`;
    },
    'expired beyond the clock tolerance': () => tokenWith({ exp: nowSeconds() - 6 }),
    'not yet valid': () => tokenWith({ nbf: nowSeconds() + 60 }),
    'another audience': () => tokenWith({ aud: 'somebody-else' }),
    'another issuer': () => tokenWith({ iss: 'somebody-else' }),
    'no expiry': () => tokenWith({ exp: undefined }),
    'an expiry that is no number': () => tokenWith({ exp: 'never' }),
    'no subject': () => tokenWith({ sub: undefined }),
    'an empty subject': () => tokenWith({ sub: '' }),
    'a subject too long to keep': () => tokenWith({ sub: 'x'.repeat(257) }),
    'no role': () => tokenWith({ role: undefined }),
    'an unknown role': () => tokenWith({ role: 'root' }),
    'a role of another type': () => tokenWith({ role: ['admin'] }),
    'services that are no list': () => tokenWith({ services: 'stripe' }),
    'services that are no names': () => tokenWith({ services: [{}] }),
    'no audience': () => tokenWith({ aud: undefined }),
    'no issuer': () => tokenWith({ iss: undefined }),
    'a token of two parts': () => 'a.b',
    'no token at all': () => '',
    'a token of 9,000 characters': () => 'a'.repeat(9_000),
  };
  for (const [name, token] of Object.entries(attacks)) {
    it(`answers ${name} with 401, on usual and hot routes`, async () => {
      for (const path of ['orders', 'hot']) {
        const answer = await order(probe, bearer(await token()), path);
        assert.equal(answer.status, 401);
        assert.match(String(answer.code), /^(UNAUTHENTICATED|TOKEN_EXPIRED)$/);
        assert.equal(answer.headers['www-authenticate'], 'Bearer');
      }
    });
  }

  it('does not take a token under another scheme or without any', async () => {
    const token = await tokenWith({});
    assert.equal((await order(probe, { authorization: `Basic ${token}` })).status, 401);
    assert.equal((await order(probe, { authorization: token })).status, 401);
    assert.equal((await order(probe, {})).status, 401);
  });

  it('names the caller of a valid token, and still does when it comes again from memory', async () => {
    const token = await tokenWith({ sub: 'alice', exp: nowSeconds() + 600 });
    for (const path of ['orders', 'hot', 'hot']) {
      const answer = await order(probe, bearer(token), path);
      assert.equal(answer.status, 200);
      assert.equal(answer.body.data?.subject, 'alice');
    }
  });

  it('refuses a role that the route does not list, a higher one too', async () => {
    for (const role of ['user', 'manager']) {
      assert.equal((await order(probe, bearer(await tokenWith({ role, sub: role })))).code, 'FORBIDDEN');
      assert.equal(
        (await order(probe, bearer(await tokenWith({ role, sub: role })), 'hot')).code,
        'FORBIDDEN',
      );
    }
  });

  it('keeps a token to its services, wherever the service is named', async () => {
    const token = await tokenWith({ sub: 'maps-only', services: ['maps'] });
    assert.equal((await order(probe, bearer(token))).code, 'SERVICE_NOT_ALLOWED');
    assert.equal((await order(probe, bearer(token), 'hot')).code, 'SERVICE_NOT_ALLOWED');
    const of = (service: string) =>
      probe.app.inject({ url: `/api/v1/probe/services/${service}`, headers: bearer(token) });
    assert.equal((await of('stripe')).statusCode, 403);
    assert.equal((await of('maps')).statusCode, 200);
  });
});

describe('a server that trusts a public key', () => {
  for (const [alg, keys, pem] of [
    ['RS256', rsa, rsaPem],
    ['ES256', p256, p256Pem],
  ] as const) {
    it(`takes ${alg} by its key and nothing else`, async () => {
      const probe = await probeApp({ TOKEN_PUBLIC_KEY: pem.replaceAll('\n', '\\n') });
      try {
        const statusOf = async (token: string) => (await order(probe, bearer(token))).status;
        assert.equal(await statusOf(await tokenWith({}, keys.privateKey, { alg })), 200);
        assert.equal(await statusOf(await tokenWith({})), 401, 'the development secret');
        assert.equal(
          await statusOf(forgedHs256({ alg: 'HS256' }, honestClaims(), pem)),
          401,
          'the PEM as a secret',
        );
        assert.equal(
          await statusOf(forgedHs256({ alg: 'HS256' }, honestClaims(), pem.trim())),
          401,
          'the PEM as a secret, trimmed',
        );
        const stranger = await tokenWith({}, otherRsa.privateKey, { alg: 'RS256' });
        assert.equal(await statusOf(stranger), 401, 'another key');
        if (alg === 'RS256') {
          const padded = await tokenWith({}, keys.privateKey, { alg: 'PS256' });
          assert.equal(await statusOf(padded), 401, 'another algorithm of the same key');
        }
      } finally {
        await probe.app.close();
      }
    });
  }
});

describe('a server that trusts an identity provider', () => {
  let provider: Server;
  let probe: ProbeApp;
  let keys: JWK[] = [];
  let fetches = 0;
  let failing = false;

  before(async () => {
    // The clock stands still: keys are fetched again after half a minute, and a busy machine may need that long.
    mock.timers.enable({ apis: ['Date'], now: Date.now() });
    provider = createServer((_request, response) => {
      fetches++;
      response.statusCode = failing ? 500 : 200;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ keys }));
    });
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
    keys = [{ ...(await exportJWK(rsa.publicKey)), kid: 'first', alg: 'RS256', use: 'sig' }];
    const { port } = provider.address() as AddressInfo;
    probe = await probeApp({ TOKEN_JWKS_URL: `http://127.0.0.1:${port}/jwks.json` });
  });
  after(async () => {
    mock.timers.reset();
    await probe.app.close();
    provider.close();
  });

  it('answers 503, not 401, while the keys cannot be fetched, and recovers by itself', async () => {
    failing = true;
    const token = await tokenWith({ sub: 'early' }, rsa.privateKey, { alg: 'RS256', kid: 'first' });
    assert.equal((await order(probe, bearer(token))).code, 'DEPENDENCY_UNAVAILABLE');
    failing = false;
    assert.equal((await order(probe, bearer(token))).status, 200);
  });

  it('fetches once for many tokens, invented key ids included', async () => {
    const before = fetches;
    for (let index = 0; index < 10; index++) {
      const token = await tokenWith({ sub: `s${index}` }, rsa.privateKey, { alg: 'RS256', kid: 'first' });
      assert.equal((await order(probe, bearer(token))).status, 200);
      const invented = await tokenWith({}, otherRsa.privateKey, { alg: 'RS256', kid: `invented-${index}` });
      assert.equal((await order(probe, bearer(invented))).status, 401);
    }
    assert.equal(fetches, before);
  });

  it('does not take a key of the set under another algorithm', async () => {
    const confused = forgedHs256({ alg: 'HS256', kid: 'first' }, honestClaims(), rsaPem);
    assert.equal((await order(probe, bearer(confused))).status, 401);
  });
});
