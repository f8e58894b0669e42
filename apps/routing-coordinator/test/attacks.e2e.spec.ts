import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { describe, it } from 'node:test';
import type { ConfigVersion, OverrideAnswer, Page } from '@signalbox/contracts';
import { DEVELOPMENT_TOKEN_SECRET } from '@signalbox/platform';
import { outcomeOf, tokenOf, type Answer, type Method } from './support/api.js';
import { withFleet, type Replica } from './support/fleet.js';
import { ROUTES } from './support/routes.js';

const ETC = '/enhanced-traffic-coordination';
const PROTECTED = ROUTES.filter(({ roles }) => roles !== 'anybody');

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();

const nowSeconds = () => Math.floor(Date.now() / 1000);
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Claims that open every door, but for those to be tried. */
function claims(tried: Record<string, unknown> = {}): object {
  const exp = nowSeconds() + 600;
  return { sub: 'attacker', role: 'admin', iss: 'signalbox', aud: 'signalbox', exp, ...tried };
}

function hs256(payload: object, key: string = DEVELOPMENT_TOKEN_SECRET): string {
  const signed = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url(payload)}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

function rs256(payload: object, { privateKey } = rsa): string {
  const signed = `${base64url({ alg: 'RS256', typ: 'JWT' })}.${base64url(payload)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
}

const unsigned = () => `${base64url({ alg: 'none' })}.${base64url(claims())}.`;

const ON_SECRET: Record<string, () => string> = {
  'alg none': unsigned,
  'a wrong key': () => hs256(claims(), 'another secret of at least 32 bytes!'),
  'an RSA key of the attacker': () => rs256(claims(), otherRsa),
  expired: () => hs256(claims({ exp: nowSeconds() - 60 })),
  'not yet valid': () => hs256(claims({ nbf: nowSeconds() + 300 })),
  'a wrong audience': () => hs256(claims({ aud: 'somebody-else' })),
  'a wrong issuer': () => hs256(claims({ iss: 'somebody-else' })),
  'an unknown role': () => hs256(claims({ role: 'root' })),
};
const ON_KEY: Record<string, () => string> = {
  'alg none': unsigned,
  'the public key as an HMAC secret': () => hs256(claims(), publicPem),
  'the development secret': () => hs256(claims()),
  'an RSA key of the attacker': () => rs256(claims(), otherRsa),
};

describe('the coordinator under attack', () => {
  const fleet = withFleet(['trusts-secret', 'trusts-key'], (id) =>
    id === 'trusts-key' ? { TOKEN_PUBLIC_KEY: publicPem } : {},
  );

  describe('a replica that trusts a secret', () =>
    refusesAll('trusts-secret', ON_SECRET, () => hs256(claims())));
  describe('a replica that trusts a public key', () =>
    refusesAll('trusts-key', ON_KEY, () => rs256(claims())));

  function refusesAll(replicaId: string, attacks: Record<string, () => string>, honest: () => string): void {
    it('lets an honest token in', async () => {
      const answer = await fleet.replica(replicaId).get('/admin/audit', { as: { token: honest() } });
      assert.equal(answer.status, 200);
    });
    for (const [name, forge] of Object.entries(attacks)) {
      it(`answers ${name} with 401 on every route`, async () => {
        const token = forge();
        for (const { method, path } of PROTECTED) {
          const answer = await fleet.replica(replicaId).call(method, path, { as: { token } });
          assert.equal(answer.status, 401, `${method} ${path}`);
          assert.match(answer.code ?? '', /^(UNAUTHENTICATED|TOKEN_EXPIRED)$/);
          assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
        }
      });
    }
  }

  describe('a token for maps alone', () => {
    const NODE = '/admin/nodes/stripe_primary_us_east';
    const service = { serviceName: 'stripe' };
    const override = {
      ...service,
      emergencyReason: 'Payments are down',
      maxBudgetOverride: 1,
      durationMinutes: 1,
      businessJustification: 'Every minute of this costs revenue',
    };
    const elsewhere: [Method, string, object?][] = [
      ['POST', `${ETC}/execute-coordination`, { ...service, operation: 'pay' }],
      ['POST', `${ETC}/report-outcome`, outcomeOf('stripe', 'stripe_primary_us_east', 'success')],
      [
        'POST',
        `${ETC}/backend-agent-error`,
        { ...service, errorType: 'outage', severity: 'low', errorMessage: 'down' },
      ],
      ['POST', `${ETC}/emergency-override`, override],
      ['GET', `${ETC}/active-coordinations?serviceName=stripe`],
      ['GET', `${ETC}/performance-metrics/stripe`],
      ['GET', '/admin/catalog/services/stripe'],
      ['POST', `${NODE}/drain`, {}],
      ['POST', `${NODE}/undrain`, {}],
      ['POST', `${NODE}/circuit`, { action: 'force_open' }],
      ['GET', `${NODE}/credentials`],
      ['PUT', `${NODE}/credentials`, { secret: 'sk_stolen' }],
      ['POST', `${NODE}/credentials/rotate`, { secret: 'sk_stolen', overlapMinutes: 1 }],
      ['POST', `${NODE}/credentials/revoke`, {}],
    ];
    for (const [method, path, body] of elsewhere) {
      it(`may not ${method} ${path} of stripe`, async () => {
        const answer = await call(replica(), method, path, body);
        assert.equal(answer.status, 403, JSON.stringify(answer.body));
        assert.equal(answer.code, 'SERVICE_NOT_ALLOWED');
      });
    }

    it('may not end the override of stripe', async () => {
      const begun = await replica().post<OverrideAnswer>(`${ETC}/emergency-override`, override);
      const { coordinationId } = begun.data.emergencyStatus;
      const answer = await call(replica(), 'DELETE', `${ETC}/emergency-override/${coordinationId}`);
      assert.equal(answer.code, 'SERVICE_NOT_ALLOWED');
    });

    it('may not read, compare or roll back the configuration of stripe', async () => {
      const { data } = await replica().get<Page<ConfigVersion>>('/admin/versions?object=service:stripe');
      const path = `/admin/versions/${data.items[0]?.id}`;
      assert.equal((await call(replica(), 'GET', path)).code, 'SERVICE_NOT_ALLOWED');
      assert.equal((await call(replica(), 'GET', `${path}/diff/1`)).code, 'SERVICE_NOT_ALLOWED');
      assert.equal((await call(replica(), 'POST', `${path}/rollback`, {})).code, 'SERVICE_NOT_ALLOWED');
    });

    it('may do all of it for maps', async () => {
      const token = await tokenOf({ role: 'admin', services: ['maps'] });
      const as = { token };
      assert.equal((await replica().ask('maps', {}, { as })).status, 200);
      assert.equal((await replica().get(`${ETC}/performance-metrics/maps`, { as })).status, 200);
      assert.equal((await replica().get('/admin/nodes/maps_here/credentials', { as })).status, 200);
    });

    const replica = () => fleet.replica('trusts-secret');
    async function call(on: Replica, method: Method, path: string, body?: object): Promise<Answer<unknown>> {
      const token = await tokenOf({ role: 'admin', services: ['maps'] });
      return on.call(method, path, { as: { token }, ...(body === undefined ? {} : { body }) });
    }
  });
});
