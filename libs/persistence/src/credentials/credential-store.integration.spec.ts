import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { BY, withDatabase } from '../testing/with-database.js';
import { CredentialStore } from './credential-store.js';
import { Keyring } from './keyring.js';

const MINUTE_MS = 60_000;

describe('CredentialStore', () => {
  const test = withDatabase();
  const keys = new Map([['k1', randomBytes(32)]]);
  const store = (ring = new Keyring(keys)) =>
    new CredentialStore(test.database, test.audit, ring, test.clock);
  const secrets = async (nodeId: string) => (await store().reveal(nodeId)).map((each) => each.secret);
  const states = async (nodeId: string) => (await store().statuses(nodeId)).map((each) => each.state);

  it('keeps the secret out of the database and out of every status', async () => {
    const status = await store().set('node_a', 'sk_live_4242', BY);
    assert.deepEqual(Object.keys(status).sort(), [
      'createdAt',
      'createdBy',
      'expiresAt',
      'id',
      'keyId',
      'nodeId',
      'revokedAt',
      'state',
    ]);
    const [row] = await test.database.query<{ dump: string }>(
      `SELECT string_agg(c::text, '') || (SELECT string_agg(a::text, '') FROM audit_entries a) AS dump FROM node_credentials c`,
    );
    for (const shape of ['sk_live_4242', Buffer.from('sk_live_4242').toString('hex')]) {
      assert.ok(!row!.dump.includes(shape));
    }
    assert.deepEqual(await secrets('node_a'), ['sk_live_4242']);
  });

  it('replaces at once when set again', async () => {
    await store().set('node_set', 'one', BY);
    test.clock.advance(1);
    await store().set('node_set', 'two', BY);
    assert.deepEqual(await secrets('node_set'), ['two']);
    assert.deepEqual(await states('node_set'), ['active', 'expired']);
  });

  it('keeps the old secret until the overlap ends, newest first', async () => {
    await store().set('node_r', 'one', BY);
    test.clock.advance(MINUTE_MS);
    await store().rotate('node_r', 'two', 10, BY);
    test.clock.advance(MINUTE_MS);
    // The second rotation must not stretch the first one's promise: `one` still ends after 10 minutes.
    await store().rotate('node_r', 'three', 30, BY);
    assert.deepEqual(await secrets('node_r'), ['three', 'two', 'one']);
    assert.deepEqual(await states('node_r'), ['active', 'retiring', 'retiring']);
    test.clock.advance(9 * MINUTE_MS);
    assert.deepEqual(await secrets('node_r'), ['three', 'two']);
    test.clock.advance(21 * MINUTE_MS);
    assert.deepEqual(await secrets('node_r'), ['three']);
    assert.deepEqual(await states('node_r'), ['active', 'expired', 'expired']);
  });

  it('rotates only what is there', async () => {
    await assert.rejects(store().rotate('node_none', 'x', 1, BY), { code: 'NOT_FOUND' });
    await assert.rejects(store().revoke('node_none', BY), { code: 'NOT_FOUND' });
    assert.deepEqual(await store().statuses('node_none'), []);
  });

  it('revokes all of a node at once, wipes it, and says which nodes may not be used', async () => {
    await store().set('node_v', 'one', BY);
    await store().rotate('node_v', 'two', 60, BY);
    assert.deepEqual(await store().revokedNodeIds(), []);
    await store().revoke('node_v', BY);
    assert.deepEqual(await secrets('node_v'), []);
    assert.deepEqual(await states('node_v'), ['revoked', 'revoked']);
    assert.deepEqual(await store().revokedNodeIds(), ['node_v']);
    const [left] = await test.database.query<{ wiped: boolean }>(
      `SELECT bool_and(ciphertext IS NULL AND nonce IS NULL) AS wiped FROM node_credentials WHERE node_id = 'node_v'`,
    );
    assert.equal(left!.wiped, true);

    await store().revoke('node_v', BY);
    await assert.rejects(store().rotate('node_v', 'x', 1, BY), { code: 'NOT_FOUND' });
    await store().set('node_v', 'three', BY);
    assert.deepEqual(await store().revokedNodeIds(), []);
    assert.deepEqual(await secrets('node_v'), ['three']);
  });

  it('ends up with one active credential when several are set at once', async () => {
    await Promise.all(['a', 'b', 'c', 'd'].map((secret) => store().set('node_race', secret, BY)));
    assert.deepEqual((await states('node_race')).sort(), ['active', 'expired', 'expired', 'expired']);
  });

  it('refuses a secret that was changed in the database', async () => {
    await store().set('node_t', 'secret', BY);
    await test.database.query(
      `UPDATE node_credentials SET ciphertext = set_byte(ciphertext, 0, get_byte(ciphertext, 0) # 1) WHERE node_id = 'node_t'`,
    );
    await assert.rejects(store().reveal('node_t'), /does not decrypt/);
  });

  it('refuses a secret that was copied from another node', async () => {
    await store().set('node_from', 'secret', BY);
    await store().set('node_to', 'other', BY);
    await test.database.query(
      `UPDATE node_credentials SET (nonce, ciphertext) =
         (SELECT nonce, ciphertext FROM node_credentials WHERE node_id = 'node_from') WHERE node_id = 'node_to'`,
    );
    await assert.rejects(store().reveal('node_to'), /does not decrypt/);
    await test.database.query(`DELETE FROM node_credentials WHERE node_id IN ('node_t', 'node_to')`);
  });

  it('moves every secret to a new key, so that the old one can leave the ring', async () => {
    const k2 = randomBytes(32);
    const both = new Keyring(new Map([['k2', k2], ...keys]));
    const onlyNew = new Keyring(new Map([['k2', k2]]));
    await assert.rejects(store(onlyNew).reveal('node_a'), /does not decrypt/);

    const moved = await Promise.all([store(both).reencrypt(), store(both).reencrypt()]);
    const [{ total }] = (await test.database.query<{ total: number }>(
      'SELECT count(*) AS total FROM node_credentials WHERE ciphertext IS NOT NULL',
    )) as [{ total: number }];
    assert.equal(moved[0] + moved[1], total);
    assert.equal(await store(both).reencrypt(), 0);
    assert.deepEqual(
      (await store(onlyNew).reveal('node_a')).map((each) => each.secret),
      ['sk_live_4242'],
    );
    const ids = (await store(onlyNew).statuses()).flatMap(({ keyId }) => keyId ?? []);
    assert.deepEqual([...new Set(ids)], ['k2']);
  });

  it('audits each change by its statuses', async () => {
    const { items } = await test.audit.list({ object: 'node:node_v' });
    assert.deepEqual(
      items.map((entry) => entry.action),
      ['credential.set', 'credential.revoke', 'credential.revoke', 'credential.rotate', 'credential.set'],
    );
    const rotated = items[3]!;
    assert.deepEqual(
      (rotated.before as { state: string }[]).map((each) => each.state),
      ['active'],
    );
    assert.deepEqual((rotated.after as { state: string }[]).map((each) => each.state).sort(), [
      'active',
      'retiring',
    ]);
  });
});
