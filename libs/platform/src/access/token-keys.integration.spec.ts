import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it } from 'node:test';
import { exportJWK, type JWK } from 'jose';
import { tokenWith } from '../testing/probe-app.js';
import { keysFromUrl } from './token-keys.js';
import { TokenVerifier } from './token-verifier.js';

it('follows a key rotation: the new key is taken at once, the old one no longer', async () => {
  const [old, fresh] = [0, 1].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  assert.ok(old !== undefined && fresh !== undefined);
  let published: JWK[] = [{ ...(await exportJWK(old.publicKey)), kid: 'old' }];
  const provider = createServer((_request, response) => response.end(JSON.stringify({ keys: published })));
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = provider.address() as AddressInfo;
    const verifier = new TokenVerifier(keysFromUrl(`http://127.0.0.1:${port}/`, 0), {
      issuer: 'signalbox',
      audience: 'signalbox',
    });
    const token = (sub: string, key: typeof old, kid: string) =>
      tokenWith({ sub }, key.privateKey, { alg: 'ES256', kid });

    assert.equal((await verifier.verify(await token('a', old, 'old'))).caller.subject, 'a');
    published = [{ ...(await exportJWK(fresh.publicKey)), kid: 'fresh' }];
    assert.equal((await verifier.verify(await token('b', fresh, 'fresh'))).caller.subject, 'b');
    await assert.rejects(verifier.verify(await token('c', old, 'old')), { code: 'UNAUTHENTICATED' });
  } finally {
    provider.close();
  }
});
