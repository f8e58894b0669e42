import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { ErrorReported, WebhookProcessed, WebhookReceived } from '@signalbox/contracts';
import { withHosted } from '@signalbox/hosting/testing';
import { eventually } from '@signalbox/testkit';
import { BODIES, SECRETS, SIGN, anotherSendgridKey, signTwilioJson } from '@signalbox/webhooks/testing';
import { webhookIngest } from '../src/definition.js';
import { listenTo } from './support/facts.js';
import { rowsOf } from './support/rows.js';
import { eventIn, giveSecrets, send, signed, stripeEvent } from './support/senders.js';

describe('receiving webhooks', () => {
  const fleet = withHosted([webhookIngest], ['a', 'b']);
  const facts = listenTo(() => fleet.servers.natsUrl);
  const rows = rowsOf(() => fleet.servers.databaseUrl);
  before(() =>
    giveSecrets(
      [fleet.process('a'), fleet.process('b')],
      ['stripe', 'twilio', 'sendgrid', 'samsara', 'maps'],
    ),
  );

  it('takes each provider’s own signed delivery, stores it and tells of it and of what it means', async () => {
    const expected = {
      stripe: ['evt_1', 'payment_failed'],
      twilio: [null, 'message_undeliverable'],
      sendgrid: ['e1', 'email_bounced'],
      samsara: ['e-1', null],
      maps: ['msg_1', null],
    } as const;
    for (const [serviceName, [externalId, meaning]] of Object.entries(expected)) {
      const service = serviceName as keyof typeof expected;
      const answer = await send(fleet.process('a'), service, SIGN[service](BODIES[service], Date.now()));
      assert.equal(answer.status, 200, `${service}: ${JSON.stringify(answer.failure)}`);
      assert.deepEqual(answer.receipt, { received: 1, duplicates: 0 });
      const received = await facts.find<WebhookReceived>(
        'webhooks.received',
        (fact) => fact.serviceName === service,
      );
      if (externalId !== null) assert.equal(received.externalId, externalId);
      const processed = await facts.find<WebhookProcessed>(
        'webhooks.processed',
        (fact) => fact.webhookEventId === received.webhookEventId,
      );
      assert.equal(processed.meaning?.kind ?? null, meaning, service);
      const detail = await eventIn(fleet.process('b'), received.externalId, ['processed', 'ignored']);
      assert.equal(detail.attempts.length, 1);
      assert.equal(detail.webhookEventId, received.webhookEventId);
    }
  });

  it('takes Twilio’s JSON, signed by its digest', async () => {
    const body = Buffer.from(
      '[{"id":"EV1","type":"com.twilio.messaging.message.sent","data":{"messageSid":"SM9"}}]',
    );
    const answer = await send(fleet.process('b'), 'twilio', signTwilioJson(body));
    assert.equal(answer.status, 200, JSON.stringify(answer.failure));
    await eventIn(fleet.process('a'), 'EV1', ['ignored', 'processed']);
  });

  it('tells the coordinator what an event says of the provider’s health, under the event’s id', async () => {
    const event = stripeEvent();
    await send(fleet.process('a'), 'stripe', signed('stripe', event));
    const { webhookEventId } = await eventIn(fleet.process('a'), event.id, ['processed']);
    const error = await facts.find<ErrorReported>(
      'errors.reported',
      ({ eventId }) => eventId === `webhook:${webhookEventId}`,
    );
    assert.equal(error.serviceName, 'stripe');
    assert.equal(error.severity, 'medium');
  });

  it('refuses what is tampered with and stores nothing of it', async () => {
    const before = await rows.count('webhook_events');
    const { headers, rawBody, query } = signed('stripe', stripeEvent());
    const flipped = Buffer.from(rawBody);
    flipped[10] = (flipped[10] ?? 0) ^ 1;
    const late = SIGN.stripe(rawBody, Date.now() - 400_000);
    const cases: [string, Parameters<typeof send>[2], string][] = [
      ['a changed body', { headers, query, rawBody: flipped }, 'signature_invalid'],
      ['another’s secret', SIGN.stripe(rawBody, Date.now(), 'whsec_other'), 'signature_invalid'],
      ['no signature', { headers: {}, query, rawBody }, 'signature_missing'],
      ['a late one', late, 'timestamp_out_of_range'],
      ['nonsense', { headers: { 'stripe-signature': 't=,v1=,,,' }, query, rawBody }, 'signature_invalid'],
    ];
    for (const [name, delivery, reason] of cases) {
      const answer = await send(fleet.process('a'), 'stripe', delivery);
      assert.equal(answer.status, 401, name);
      assert.deepEqual(answer.failure?.details, { reason }, name);
    }
    assert.equal(await rows.count('webhook_events'), before);
    await eventually(async () => {
      const lines = await facts.all<{ action: string; after: { reason: string } }>('audit.recorded');
      const reasons = lines
        .filter(({ action }) => action === 'webhook.refuse')
        .map(({ after }) => after.reason);
      for (const reason of ['signature_mismatch', 'missing_signature', 'timestamp_out_of_range']) {
        assert.ok(reasons.includes(reason), reasons.join());
      }
    });
  });

  it('makes one row and one processing of twenty copies at once, to two replicas', async () => {
    const event = stripeEvent();
    const delivery = signed('stripe', event);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => send(fleet.process(n % 2 ? 'a' : 'b'), 'stripe', delivery)),
    );
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    const duplicates = answers.map(({ receipt }) => receipt?.duplicates ?? 0);
    assert.equal(
      duplicates.reduce((sum, n) => sum + n, 0),
      19,
    );
    const detail = await eventIn(fleet.process('a'), event.id, ['processed']);
    assert.equal(detail.attempts.length, 1);
    const stored = await rows.select(`SELECT 1 FROM webhook_events WHERE external_id = $1`, [event.id]);
    assert.equal(stored.length, 1);
    // It is told once it is written down, and so a little after it can be read.
    const isOfIt = ({ externalId }: WebhookProcessed) => externalId === event.id;
    await facts.find<WebhookProcessed>('webhooks.processed', isOfIt);
    const told = await facts.all<WebhookProcessed>('webhooks.processed');
    assert.equal(told.filter(isOfIt).length, 1);
  });

  it('takes several events of one delivery, and knows those again that come in another', async () => {
    const element = (id: string) => ({
      email: 'a@example.com',
      event: 'delivered',
      sg_event_id: id,
      timestamp: 1,
    });
    const first = await send(
      fleet.process('a'),
      'sendgrid',
      signed('sendgrid', [element('s1'), element('s2')]),
    );
    assert.deepEqual(first.receipt, { received: 2, duplicates: 0 });
    const second = await send(
      fleet.process('b'),
      'sendgrid',
      signed('sendgrid', [element('s2'), element('s3'), element('s3')]),
    );
    assert.deepEqual(second.receipt, { received: 3, duplicates: 2 });
  });

  it('verifies with two secrets while one is rotated, and no longer with the one that is removed', async () => {
    const { privateKey, secret } = anotherSendgridKey();
    const body = () => [
      { email: 'a@example.com', event: 'open', sg_event_id: `rot-${Math.random()}`, timestamp: 1 },
    ];
    const path = '/admin/webhook-sources/sendgrid';
    const by = (key?: string) => send(fleet.process('b'), 'sendgrid', signed('sendgrid', body(), key));
    assert.equal((await by(privateKey)).status, 401);
    const added = await fleet.process('a').post<{ id: string }>(`${path}/secrets`, { secret });
    assert.ok(!JSON.stringify(added.body).includes(secret.slice(0, 24)));
    await eventually(async () => assert.equal((await by(privateKey)).status, 200));
    assert.equal((await by()).status, 200);
    const shown = await fleet
      .process('b')
      .get<{ secrets: { id: string; lastUsedAt: string | null }[] }>(path);
    assert.equal(shown.data.secrets.length, 2);
    assert.ok(shown.data.secrets.every(({ lastUsedAt }) => lastUsedAt !== null));
    const old = shown.data.secrets.find(({ id }) => id !== added.data.id);
    assert.equal((await fleet.process('a').delete(`${path}/secrets/${old?.id}`)).status, 200);
    await eventually(async () => assert.equal((await by()).status, 401));
    assert.equal((await by(privateKey)).status, 200);
    assert.equal((await fleet.process('a').delete(`${path}/secrets/${old?.id}`)).status, 404);
    assert.equal((await fleet.process('a').delete(`${path}/secrets/nonsense`)).status, 404);
    const bad = await fleet.process('a').post(`${path}/secrets`, { secret: 'not a key' });
    assert.equal(bad.status, 400);
    assert.deepEqual(bad.badFields, ['secret']);
    const dump = await rows.select<{ text: string }>(
      `SELECT (SELECT string_agg(s::text, '') FROM webhook_secrets s) ||
         (SELECT string_agg(e::text, '') FROM audit_entries e) AS text`,
    );
    assert.ok(!dump[0]?.text.includes(secret));
    assert.ok(!JSON.stringify(fleet.process('a').log).includes(SECRETS.stripe));
  });
});
