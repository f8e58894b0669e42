import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEVELOPMENT_TOKEN_SECRET } from '../settings/platform-settings.js';
import { tokenWith } from '../testing/probe-app.js';
import { RevokedTokens } from './revoked-tokens.js';
import { keyFromSecret } from './token-keys.js';
import { TokenVerifier } from './token-verifier.js';

const START_MS = 1_800_000_000_000;

function verifierAt(clock: { nowMs: number }, revoked = new RevokedTokens()): TokenVerifier {
  const expected = { issuer: 'signalbox', audience: 'signalbox' };
  return new TokenVerifier(keyFromSecret(DEVELOPMENT_TOKEN_SECRET), expected, revoked, () => clock.nowMs);
}

const expiringIn = (seconds: number) => tokenWith({ exp: START_MS / 1000 + seconds });

describe('TokenVerifier', () => {
  it('recalls a token once verified, until it expires with the tolerance of 5 s', async () => {
    const clock = { nowMs: START_MS };
    const verifier = verifierAt(clock);
    const token = await expiringIn(60);
    assert.equal(verifier.recall(token), undefined);
    await verifier.verify(token);
    clock.nowMs = START_MS + 64_999;
    assert.equal(verifier.recall(token)?.caller.subject, 'tester');
    clock.nowMs = START_MS + 65_000;
    assert.equal(verifier.recall(token), undefined);
    await assert.rejects(verifier.verify(token), { code: 'TOKEN_EXPIRED' });
  });

  it('looks at a long-lived token again after 5 minutes, so that a withdrawn key stops working', async () => {
    const clock = { nowMs: START_MS };
    const verifier = verifierAt(clock);
    const token = await expiringIn(86_400);
    await verifier.verify(token);
    clock.nowMs = START_MS + 5 * 60_000;
    assert.equal(verifier.recall(token), undefined);
  });

  it('remembers nothing of a token that it refused', async () => {
    const verifier = verifierAt({ nowMs: START_MS });
    const token = await tokenWith({ exp: START_MS / 1000 + 60, role: 'root' });
    await assert.rejects(verifier.verify(token), { code: 'UNAUTHENTICATED' });
    assert.equal(verifier.recall(token), undefined);
  });

  it('lets clocks differ by 5 s, and no more', async () => {
    const verifier = verifierAt({ nowMs: START_MS });
    const startingIn = (seconds: number) =>
      tokenWith({ exp: START_MS / 1000 + 600, nbf: START_MS / 1000 + seconds });
    await verifier.verify(await expiringIn(-4));
    await verifier.verify(await startingIn(5));
    await assert.rejects(verifier.verify(await expiringIn(-5)), { code: 'TOKEN_EXPIRED' });
    await assert.rejects(verifier.verify(await startingIn(6)), { code: 'UNAUTHENTICATED' });
  });

  it('takes a token no more once it is revoked, remembered or not, and takes it again when that is undone', async () => {
    const revoked = new RevokedTokens();
    const verifier = verifierAt({ nowMs: START_MS }, revoked);
    const exp = START_MS / 1000 + 600;
    const token = await tokenWith({ exp, jti: 'stolen' });
    const other = await tokenWith({ exp, jti: 'another' });
    await verifier.verify(token);
    await verifier.verify(other);
    revoked.add(aRevocation({ tokenId: 'stolen' }));
    assert.equal(verifier.recall(token), undefined);
    await assert.rejects(verifier.verify(token), { code: 'TOKEN_REVOKED', status: 401 });
    assert.equal(verifier.recall(other)?.tokenId, 'another');
    revoked.remove('r-1');
    assert.equal(verifier.recall(token)?.tokenId, 'stolen');
  });

  it('reads when a token was issued, and refuses one that says so wrongly', async () => {
    const verifier = verifierAt({ nowMs: START_MS });
    const exp = START_MS / 1000 + 600;
    const issued = await verifier.verify(await tokenWith({ exp, iat: START_MS / 1000 - 60 }));
    assert.equal(issued.issuedAtMs, START_MS - 60_000);
    assert.equal((await verifier.verify(await tokenWith({ exp }))).issuedAtMs, null);
    await assert.rejects(verifier.verify(await tokenWith({ exp, iat: 'yesterday' })), {
      code: 'UNAUTHENTICATED',
    });
    await assert.rejects(verifier.verify(await tokenWith({ exp, jti: 7 })), { code: 'UNAUTHENTICATED' });
  });
});

const aRevocation = (of: { tokenId: string }) => ({
  revocationId: 'r-1',
  subject: null,
  revokedAtMs: START_MS,
  expiresAtMs: START_MS + 600_000,
  ...of,
});
