import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { WebhookCoordination, WebhookProcessed } from '@signalbox/contracts';
import { withHosted } from '@signalbox/hosting/testing';
import { AuditStore, CredentialStore, Database, Keyring, Partitions } from '@signalbox/persistence';
import { eventually } from '@signalbox/testkit';
import { webhookIngest } from '../src/definition.js';
import { AirtableApi } from './support/airtable.js';
import { listenTo } from './support/facts.js';
import { rowsOf } from './support/rows.js';
import { giveSecrets, send, signed } from './support/senders.js';

const PATIENT = { timeoutMs: 60_000 };
/** What Redis's clock, which paces, and ours may round differently. */
const CLOCKS_MS = 5;
const KEYS = `test:${Buffer.alloc(32, 7).toString('base64')}`;
const PING = {
  base: { id: 'appBASE01' },
  webhook: { id: 'achHOOK01' },
  timestamp: '2026-01-15T12:00:00.000Z',
};

describe('Airtable’s feeds', () => {
  const api = new AirtableApi();
  const fleet = withHosted([webhookIngest], ['a', 'b'], () => ({
    AIRTABLE_BASE_URL: api.url,
    AIRTABLE_RENEWAL_EVERY_MS: '200',
    CREDENTIAL_KEYS: KEYS,
  }));
  const facts = listenTo(() => fleet.servers.natsUrl);
  const rows = rowsOf(() => fleet.servers.databaseUrl);
  before(async () => {
    await giveSecrets([fleet.process('a'), fleet.process('b')], ['airtable']);
    const database = new Database({ url: fleet.servers.databaseUrl });
    const audit = new AuditStore(database, new Partitions(database));
    const by = { actor: 'test', role: 'admin', correlationId: 'test' };
    const clock = { nowMs: () => Date.now() };
    const credentials = new CredentialStore(database, audit, Keyring.parse(KEYS), clock);
    await credentials.set('airtable_primary', 'pat_airtable', by);
    await database.close();
  });
  const ping = (to: string) => send(fleet.process(to), 'airtable', signed('airtable', PING));
  const stored = () => rows.count(`webhook_events WHERE service_name = 'airtable'`);
  const feed = async () => {
    const { data } = await fleet
      .process('a')
      .get<WebhookCoordination>('/external-services/webhook-coordination');
    return data.airtableFeeds[0];
  };

  it('reads all that a ping stands for, page by page, at five calls a second, and keeps the cursor', async () => {
    api.add(260);
    const beganMs = Date.now();
    const answers = await Promise.all([ping('a'), ping('b'), ping('a'), ping('b'), ping('a')]);
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    await eventually(async () => assert.equal(await stored(), 260), PATIENT);
    await eventually(
      async () => assert.deepEqual([(await feed())?.cursor, (await feed())?.behind], [261, false]),
      PATIENT,
    );
    const cursors = api.listings.map(({ cursor }) => cursor);
    assert.deepEqual(
      [1, 51, 101, 151, 201, 251].filter((cursor) => !cursors.includes(cursor)),
      [],
    );
    // Five pings, two replicas, and some readings find nothing new; far fewer than a reading for each ping.
    assert.ok(cursors.length <= 6 + 5, cursors.join());
    // Each leaves 200 ms after the one before, at the earliest; on its way it can only become later.
    const lastMs = api.listings.at(-1)?.atMs ?? 0;
    assert.ok(
      lastMs - beganMs >= (api.listings.length - 1) * 200 - CLOCKS_MS,
      `${lastMs - beganMs} ms for ${api.listings.map(({ atMs }) => atMs - beganMs).join()}`,
    );
    const told = await facts.find<WebhookProcessed>(
      'webhooks.processed',
      ({ externalId }) => externalId === 'achHOOK01:260',
    );
    assert.equal(told.meaning?.kind, 'records_changed');
  });

  it('processes the changes of a base in their order', async () => {
    const numberOf = (externalId: string) => Number(externalId.split(':')[1]);
    const inOrder = Array.from({ length: 260 }, (_, n) => n + 1);
    const told = await eventually(async () => {
      const all = await facts.all<WebhookProcessed>('webhooks.processed');
      const own = all.filter(({ serviceName }) => serviceName === 'airtable');
      assert.equal(own.length, 260);
      return own;
    }, PATIENT);
    // Facts of two replicas may overtake each other on their way; by their sequence they are put right.
    const bySequence = told.toSorted((a, b) => (a.sequence ?? NaN) - (b.sequence ?? NaN));
    assert.deepEqual(
      bySequence.map(({ externalId }) => numberOf(externalId)),
      inOrder,
    );
    const attempts = await rows.select<{ external_id: string; started_ms: number }>(
      `SELECT e.external_id, (extract(epoch FROM a.started_at) * 1000)::double precision AS started_ms
       FROM webhook_events e JOIN webhook_attempts a USING (received_at, event_id)
       WHERE e.service_name = 'airtable'`,
    );
    // Begun in one millisecond they are told apart by nothing: then in their order.
    attempts.sort((a, b) => a.started_ms - b.started_ms || numberOf(a.external_id) - numberOf(b.external_id));
    assert.deepEqual(
      attempts.map((attempt) => numberOf(attempt.external_id)),
      inOrder,
    );
  });

  it('goes on from the cursor after Airtable has failed, and asks again for what was not stored', async () => {
    api.add(3);
    api.failures.push(500);
    const before = api.listings.length;
    assert.equal((await ping('a')).status, 200);
    await eventually(async () => assert.equal(await stored(), 263), PATIENT);
    assert.equal(api.listings[before]?.cursor, 261);
    await eventually(
      async () => assert.deepEqual([(await feed())?.failures, (await feed())?.lastError], [0, null]),
      PATIENT,
    );
  });

  it('renews the webhook, once for all replicas, and knows when it ends', async () => {
    await eventually(async () => assert.ok((await feed())?.expiresAt), PATIENT);
    assert.equal(api.refreshes, 1);
    await rows.select(`UPDATE airtable_feeds SET renew_at = now()`);
    await eventually(() => assert.equal(api.refreshes, 2), PATIENT);
    await eventually(async () => {
      const [due] = await rows.select<{ days: number }>(
        `SELECT extract(epoch FROM renew_at - now())::double precision / 86400 AS days FROM airtable_feeds`,
      );
      assert.ok((due?.days ?? 0) > 3.4 && (due?.days ?? 0) <= 3.5, String(due?.days));
    }, PATIENT);
  });
});
