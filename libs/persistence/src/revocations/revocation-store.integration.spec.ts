import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BY, withDatabase } from '../testing/with-database.js';
import { RevocationStore, type NewRevocation } from './revocation-store.js';

const NOON_MS = Date.parse('2026-01-15T12:00:00.000Z');
const iso = (ms: number) => new Date(ms).toISOString();

describe('RevocationStore', () => {
  const test = withDatabase();
  const store = () => new RevocationStore(test.database, test.audit);
  const aRevocation = (of: Partial<NewRevocation>, atMs = NOON_MS): NewRevocation => ({
    tokenId: null,
    subject: null,
    reason: 'a laptop was lost',
    revokedAt: iso(atMs),
    expiresAt: iso(atMs + 3_600_000),
    ...of,
  });
  const listed = async (nowMs: number) => (await store().list({}, nowMs)).items.map(({ tokenId }) => tokenId);

  it('lists what is in force, newest first, page by page, also where times are equal', async () => {
    for (let n = 0; n < 5; n++) {
      await store().revoke(aRevocation({ tokenId: `paged-${n}` }, NOON_MS + (n < 3 ? 0 : n)), BY);
    }
    const seen: (string | null)[] = [];
    let cursor: string | null = null;
    do {
      const page = await store().list({ limit: 2, ...(cursor === null ? {} : { cursor }) }, NOON_MS);
      seen.push(...page.items.map(({ tokenId }) => tokenId));
      cursor = page.nextCursor;
    } while (cursor !== null);
    assert.deepEqual(seen.slice(0, 2), ['paged-4', 'paged-3']);
    assert.deepEqual(new Set(seen), new Set(['paged-0', 'paged-1', 'paged-2', 'paged-3', 'paged-4']));
    assert.equal(seen.length, 5);
  });

  it('undoes one once, audited, and still tells of it to processes that knew it', async () => {
    const atMs = NOON_MS + 10_000_000;
    const { revocationId } = await store().revoke(aRevocation({ subject: 'ada@example.com' }, atMs), BY);
    const undone = await store().undo(revocationId, atMs + 1_000, BY);
    assert.equal(undone.undoneAt, iso(atMs + 1_000));
    await assert.rejects(store().undo(revocationId, atMs + 2_000, BY), { code: 'NOT_FOUND' });
    assert.deepEqual((await store().list({}, atMs + 2_000)).items, []);
    assert.deepEqual(await store().recorded(atMs + 2_000), [undone]);
    const { items } = await test.audit.list({ object: 'subject:ada@example.com' });
    assert.deepEqual(
      items.map(({ action, actor }) => [action, actor]),
      [
        ['token.restore', BY.actor],
        ['token.revoke', BY.actor],
      ],
    );
  });

  it('forgets what has expired', async () => {
    const atMs = NOON_MS + 20_000_000;
    const ended = await store().revoke(
      aRevocation({ tokenId: 'ended', expiresAt: iso(atMs + 1_000) }, atMs),
      BY,
    );
    await store().revoke(aRevocation({ tokenId: 'longer' }, atMs), BY);
    assert.deepEqual(new Set(await listed(atMs + 999)), new Set(['longer', 'ended']));
    assert.deepEqual(await listed(atMs + 1_000), ['longer']);
    await assert.rejects(store().undo(ended.revocationId, atMs + 1_000, BY), { code: 'NOT_FOUND' });
    await store().revoke(aRevocation({ tokenId: 'next' }, atMs + 1_000), BY);
    const rows = await test.database.query("SELECT FROM token_revocations WHERE token_id = 'ended'");
    assert.equal(rows.length, 0);
  });

  it('takes no more than every process can hold', async () => {
    const atMs = NOON_MS + 40_000_000;
    await test.database.query(
      `INSERT INTO token_revocations (id, token_id, reason, revoked_by, revoked_at, expires_at)
       SELECT gen_random_uuid(), 'many-' || n, 'test', 'test', $1, $2 FROM generate_series(1, 10000) n`,
      [iso(atMs), iso(atMs + 1_000)],
    );
    await assert.rejects(store().revoke(aRevocation({ tokenId: 'one more' }, atMs), BY), {
      code: 'CONFLICT',
    });
    await store().revoke(aRevocation({ tokenId: 'when they expired' }, atMs + 1_000), BY);
  });
});
