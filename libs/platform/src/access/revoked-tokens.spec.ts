import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RevokedTokens, type Revocation } from './revoked-tokens.js';

/** 12:00:00.700 of some day: tokens tell the second they were issued in. */
const REVOKED_AT_MS = 1_800_000_000_700;

let revocations = 0;
const aRevocation = (of: Partial<Revocation>): Revocation => ({
  revocationId: `r-${++revocations}`,
  tokenId: null,
  subject: null,
  revokedAtMs: REVOKED_AT_MS,
  expiresAtMs: REVOKED_AT_MS + 60_000,
  ...of,
});
const aToken = (subject: string, issuedAtMs: number | null, tokenId: string | null = null) => ({
  caller: { subject },
  issuedAtMs,
  tokenId,
});

describe('RevokedTokens', () => {
  it('covers the one token of an id, whoever holds it, and no other', () => {
    const revoked = new RevokedTokens();
    revoked.add(aRevocation({ tokenId: 'one' }));
    assert.equal(revoked.covers(aToken('ada', 0, 'one')), true);
    assert.equal(revoked.covers(aToken('ada', 0, 'two')), false);
    assert.equal(revoked.covers(aToken('one', 0)), false, 'a subject of that name is another thing');
  });

  it('covers what a subject was issued up to the revocation, or at a time that is not told', () => {
    const revoked = new RevokedTokens();
    revoked.add(aRevocation({ subject: 'ada' }));
    assert.equal(revoked.covers(aToken('ada', REVOKED_AT_MS - 3_600_000)), true);
    assert.equal(revoked.covers(aToken('ada', null)), true);
    assert.equal(revoked.covers(aToken('ada', REVOKED_AT_MS - 700)), true, 'of the same second');
    assert.equal(revoked.covers(aToken('ada', REVOKED_AT_MS + 300)), false, 'of the next second');
    assert.equal(revoked.covers(aToken('bob', null)), false);
  });

  it('goes by the latest of a subject, and by the earlier one again when that is undone', () => {
    const revoked = new RevokedTokens();
    const later = aRevocation({ subject: 'ada', revokedAtMs: REVOKED_AT_MS + 10_000 });
    revoked.add(later);
    revoked.add(aRevocation({ subject: 'ada' }));
    const between = aToken('ada', REVOKED_AT_MS + 5_000);
    assert.equal(revoked.covers(between), true);
    revoked.remove(later.revocationId);
    assert.equal(revoked.covers(between), false);
    assert.equal(revoked.covers(aToken('ada', REVOKED_AT_MS - 5_000)), true);
  });

  it('keeps a token revoked until the last of its revocations is undone', () => {
    const revoked = new RevokedTokens();
    const [first, second] = [aRevocation({ tokenId: 'one' }), aRevocation({ tokenId: 'one' })];
    revoked.add(first);
    revoked.add(second);
    revoked.remove(first.revocationId);
    assert.equal(revoked.covers(aToken('ada', 0, 'one')), true);
    revoked.remove(second.revocationId);
    assert.equal(revoked.covers(aToken('ada', 0, 'one')), false);
  });

  it('forgets what has expired, and holds nothing of it', () => {
    const revoked = new RevokedTokens();
    revoked.add(aRevocation({ tokenId: 'one', expiresAtMs: REVOKED_AT_MS + 1_000 }));
    revoked.add(aRevocation({ subject: 'ada', expiresAtMs: REVOKED_AT_MS + 2_000 }));
    revoked.forgetExpired(REVOKED_AT_MS + 999);
    assert.equal(revoked.size, 2);
    revoked.forgetExpired(REVOKED_AT_MS + 1_000);
    assert.equal(revoked.covers(aToken('bob', 0, 'one')), false);
    assert.equal(revoked.covers(aToken('ada', 0)), true);
    revoked.forgetExpired(REVOKED_AT_MS + 2_000);
    assert.equal(revoked.covers(aToken('ada', 0)), false);
    assert.equal(revoked.size, 0);
  });

  it('tells of each revocation once', () => {
    const revoked = new RevokedTokens();
    let told = 0;
    revoked.onAdded(() => (told += 1));
    const revocation = aRevocation({ tokenId: 'one' });
    revoked.add(revocation);
    revoked.add(revocation);
    revoked.remove('no such');
    assert.equal(told, 1);
  });
});
