import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEVELOPMENT_TOKEN_SECRET } from '../settings/platform-settings.js';
import { tokenWith } from '../testing/probe-app.js';
import { keyFromSecret } from './token-keys.js';
import { TokenVerifier } from './token-verifier.js';

const START_MS = 1_800_000_000_000;

function verifierAt(clock: { nowMs: number }): TokenVerifier {
  const expected = { issuer: 'signalbox', audience: 'signalbox' };
  return new TokenVerifier(keyFromSecret(DEVELOPMENT_TOKEN_SECRET), expected, () => clock.nowMs);
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
});
