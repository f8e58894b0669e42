import assert from 'node:assert/strict';
import { it } from 'node:test';
import Type from 'typebox';
import { loadSettings, type Environment } from '../settings/load-settings.js';
import { issueDevelopmentToken } from './development-token.js';
import { tokenKeys } from './token-keys.js';
import { TokenVerifier } from './token-verifier.js';

const load = (env: Environment) => loadSettings(Type.Object({}), env);

it('issues tokens that a server with the same settings takes, by default and with a secret', async () => {
  for (const env of [{}, { TOKEN_SECRET: 'x'.repeat(32), TOKEN_ISSUER: 'me', TOKEN_AUDIENCE: 'mine' }]) {
    const settings = load(env);
    const expected = { issuer: settings.tokenIssuer, audience: settings.tokenAudience };
    const verifier = new TokenVerifier(tokenKeys(settings), expected);
    const token = await issueDevelopmentToken(
      { role: 'service', services: ['maps'], subject: 'demo' },
      settings,
    );
    const { caller, tokenId, issuedAtMs } = await verifier.verify(token);
    assert.deepEqual(caller, { subject: 'demo', role: 'service', services: new Set(['maps']) });
    assert.match(tokenId ?? '', /^[0-9a-f-]{36}$/, 'without an id it could not be revoked by itself');
    assert.ok(issuedAtMs !== null && issuedAtMs <= Date.now());
  }
});

it('issues none where tokens come from an identity provider', async () => {
  const settings = load({ TOKEN_JWKS_URL: 'https://idp.example/jwks' });
  await assert.rejects(issueDevelopmentToken({ role: 'admin' }, settings), /identity provider/);
});
