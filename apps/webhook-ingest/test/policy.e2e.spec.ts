import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import {
  SERVICE_NAMES,
  type SecurityAlerted,
  type WebhookCoordination,
  type WebhookStats,
} from '@signalbox/contracts';
import { tokenOf, withHosted } from '@signalbox/hosting/testing';
import { seededRandom } from '@signalbox/statistics';
import { eventually } from '@signalbox/testkit';
import type { Delivery } from '@signalbox/webhooks';
import { PUBLIC_URL, SIGN } from '@signalbox/webhooks/testing';
import { webhookIngest } from '../src/definition.js';
import { listenTo } from './support/facts.js';
import { rowsOf } from './support/rows.js';
import { giveSecrets, send, signed, stripeEvent } from './support/senders.js';

describe('who may send what', () => {
  const fleet = withHosted([webhookIngest], ['a', 'b']);
  const facts = listenTo(() => fleet.servers.natsUrl);
  const rows = rowsOf(() => fleet.servers.databaseUrl);
  before(() => giveSecrets([fleet.process('a'), fleet.process('b')], SERVICE_NAMES));
  const path = (service: string) => `/admin/webhook-sources/${service}`;
  /** Puts a source and waits until every replica goes by it. */
  const put = async (service: string, source: object) => {
    const { data } = await fleet
      .process('a')
      .put<{ version: number }>(path(service), { enabled: true, ...source });
    for (const id of ['a', 'b']) {
      await eventually(async () => {
        const shown = await fleet.process(id).get<{ version: number }>(path(service));
        assert.equal(shown.data.version, data.version);
      });
    }
  };
  const one = (id = 'b') => send(fleet.process(id), 'stripe', signed('stripe', stripeEvent()));

  it('knows no other sources and no other methods', async () => {
    assert.equal(
      (await send(fleet.process('a'), 'strpie', signed('stripe', {}))).failure?.code,
      'UNKNOWN_SERVICE',
    );
    assert.equal((await send(fleet.process('a'), '..%2f..', signed('stripe', {}))).status, 404);
    const got = await fleet.process('a').get('/external-services/webhook/stripe', { as: null });
    assert.equal(got.status, 405);
  });

  it('takes nothing for a source that is not enabled, on any replica, and all again when it is', async () => {
    await put('stripe', { enabled: false });
    const before = await rows.count('webhook_events');
    assert.equal((await one()).status, 404);
    await put('stripe', {});
    assert.equal((await one()).status, 200);
    assert.equal(await rows.count('webhook_events'), before + 1);
  });

  it('takes deliveries from the allowed addresses only', async () => {
    await put('stripe', { allowCidrs: ['203.0.113.0/24'] });
    const { headers, rawBody, query } = signed('stripe', stripeEvent());
    const forwarded = { rawBody, query, headers: { ...headers, 'x-forwarded-for': '203.0.113.7' } };
    // Nobody is trusted to say for whom it forwards.
    assert.equal((await send(fleet.process('b'), 'stripe', forwarded)).status, 403);
    await put('stripe', { allowCidrs: ['203.0.113.0/24', '127.0.0.0/8'] });
    assert.equal((await one()).status, 200);
    const bad = await fleet
      .process('a')
      .put(path('stripe'), { enabled: true, allowCidrs: ['10.0.0.0/8', '10.0.0.0/99'] });
    assert.deepEqual([bad.status, bad.badFields], [400, ['allowCidrs.1']]);
    await put('stripe', {});
  });

  it('refuses a body over the limit of its source whole, and takes one at it', async () => {
    await put('stripe', { limits: { maxBodyBytes: 2_048 } });
    const padded = (bytes: number) => {
      const event = { ...stripeEvent(), pad: '' };
      return signed('stripe', { ...event, pad: 'x'.repeat(bytes - JSON.stringify(event).length) });
    };
    assert.equal(padded(2_048).rawBody.length, 2_048);
    assert.equal((await send(fleet.process('a'), 'stripe', padded(2_048))).status, 200);
    const before = await rows.count('webhook_events');
    const large = await send(fleet.process('a'), 'stripe', padded(2_049));
    assert.deepEqual([large.status, large.failure?.code], [413, 'BODY_TOO_LARGE']);
    assert.equal(await rows.count('webhook_events'), before);
    await put('stripe', {});
  });

  it('holds all replicas together to the rate of a source', async () => {
    await put('samsara', { limits: { requestsPerMinute: 30 } });
    const answers = [];
    for (let n = 0; n < 90; n++) {
      const event = { eventId: `rate-${n}`, eventMs: Date.now(), eventType: 'Ping' };
      answers.push(await send(fleet.process(n % 2 ? 'a' : 'b'), 'samsara', signed('samsara', event)));
    }
    const limited = answers.filter(({ status }) => status === 429);
    const taken = answers.filter(({ status }) => status === 200).length;
    assert.equal(taken + limited.length, 90);
    // A minute of the clock may end on the way; and a replica hears 50 ms late of what the other one took.
    assert.ok(taken >= 30 && taken < 85, `${taken} were taken`);
    assert.ok(Number(limited[0]?.headers.get('retry-after')) >= 1);
    assert.equal(limited[0]?.headers.get('x-ratelimit-limit'), '30');
    await put('samsara', {});
    const after = signed('samsara', { eventId: 'rate-after', eventMs: Date.now(), eventType: 'Ping' });
    assert.equal((await send(fleet.process('a'), 'samsara', after)).status, 200);
  });

  it('lets whoever cannot sign use up nobody’s rate but his own', async () => {
    await put('twilio', { publicUrl: PUBLIC_URL, limits: { requestsPerMinute: 30 } });
    const forged = { headers: { 'x-twilio-signature': 'AAAA' }, query: '', rawBody: Buffer.from('a=1') };
    const statuses = new Set<number>();
    for (let n = 0; n < 70; n++) statuses.add((await send(fleet.process('a'), 'twilio', forged)).status);
    assert.deepEqual(statuses, new Set([401, 429]));
    const genuine = SIGN.twilio(Buffer.from('MessageSid=SM77&MessageStatus=sent'), Date.now());
    assert.equal((await send(fleet.process('b'), 'twilio', genuine)).status, 200);
    await put('twilio', { publicUrl: PUBLIC_URL });
  });

  it('raises a security alert when refusals come again and again', async () => {
    const { headers, query } = signed('maps', { type: 'x' });
    for (let sent = 0; sent < 25; sent++) {
      await send(fleet.process('a'), 'maps', { headers, query, rawBody: Buffer.from('{}') });
    }
    const alert = await facts.find<SecurityAlerted>(
      'security.alerted',
      (fact) => fact.serviceName === 'maps',
    );
    assert.deepEqual([alert.kind, alert.count], ['webhooks_refused', 20]);
    assert.match(String(alert.source), /127\.0\.0\.1|::1/);
    const all = await facts.all<SecurityAlerted>('security.alerted');
    assert.equal(all.filter(({ serviceName }) => serviceName === 'maps').length, 1);
  });

  it('answers whatever is sent to it with anything but a 5xx', async () => {
    const rng = seededRandom(20_260_115);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(rng() * from.length)] as T;
    const bytes = (max: number) =>
      Buffer.from(Array.from({ length: Math.floor(rng() * max) }, () => Math.floor(rng() * 256)));
    const text = (max: number) =>
      bytes(max)
        .toString('latin1')
        .replace(/[^\x21-\x7e]/g, '~');
    const bodies: (() => Buffer)[] = [
      () => bytes(400),
      () => Buffer.from(`[${'['.repeat(Math.floor(rng() * 5_000))}`),
      () => Buffer.from(JSON.stringify({ id: 'evt_\0', type: '\ud800', data: { object: null } })),
      () => Buffer.from('{"__proto__":{"a":1},"id":"evt_p","type":"a.b","created":1e300}'),
      () =>
        Buffer.from(
          `{"id":"evt_f${Math.floor(rng() * 1e9)}","type":"a.b","created":${pick(['-1', '9e15', '1', '"x"', 'null'])}}`,
        ),
      () =>
        Buffer.from(
          '[{"event":"open","sg_event_id":"' + text(20).replace(/["\\]/g, '') + '","timestamp":9e99}]',
        ),
      () => Buffer.from('a=1&a=%00&%=&MessageSid=&MessageStatus=%ED%A0%80'),
      () => Buffer.from('{"base":{"id":"../x"},"webhook":{"id":"y"}}'),
      () => Buffer.from('{"eventId":"\\u0000","eventMs":1e400,"eventType":"Alert"}'),
      () => Buffer.alloc(0),
    ];
    const names = [
      'stripe-signature',
      'x-twilio-signature',
      'x-samsara-signature',
      'x-samsara-timestamp',
      'webhook-id',
      'webhook-timestamp',
      'webhook-signature',
      'x-airtable-content-mac',
      'i-twilio-idempotency-token',
      'content-type',
      'x-twilio-email-event-webhook-signature',
      'x-twilio-email-event-webhook-timestamp',
    ];
    for (let n = 0; n < 400; n++) {
      const service = pick(SERVICE_NAMES);
      const rawBody = pick(bodies)();
      // Half of them are signed: what is read after the signature must stand anything too.
      const own: Delivery = SIGN[service](rawBody, Date.now());
      const headers = rng() < 0.5 ? { ...own.headers } : {};
      if (rng() < 0.6) headers[pick(names)] = text(200) || 'x';
      const query = rng() < 0.2 ? `bodySHA256=${encodeURIComponent(text(80))}` : '';
      const answer = await send(fleet.process('a'), service, { headers, rawBody, query });
      const shown = `#${n} ${service} ${JSON.stringify(headers)} ${rawBody.toString('base64').slice(0, 400)}`;
      assert.ok(answer.status < 500, `${answer.status} for ${shown}`);
      // Airtable's pings are told apart only by what is fetched.
      assert.ok(answer.receipt !== null || answer.failure !== null, shown);
    }
  });

  it('shows the figures of the fleet to whom they concern, with trends', async () => {
    // A replica writes what it counted every two seconds: the other one's figures come a little later.
    await eventually(async () => {
      const { data } = await fleet
        .process('b')
        .get<WebhookCoordination>('/external-services/webhook-coordination');
      const statsOf = (name: string) => data.services.find(({ serviceName }) => serviceName === name);
      const [stripe, samsara, twilio] = [statsOf('stripe'), statsOf('samsara'), statsOf('twilio')];
      assert.ok(stripe && samsara && twilio);
      assert.ok(samsara.verified >= 31 && samsara.events >= 31, JSON.stringify(samsara));
      assert.ok(samsara.limited >= 5, JSON.stringify(samsara));
      const { signature_mismatch: mismatched = 0, malformed_signature: malformed = 0 } =
        twilio.refusedByReason;
      assert.ok(mismatched + malformed >= 30, JSON.stringify(twilio));
      assert.equal(stripe.refusedByReason['address_not_allowed'], 1);
      assert.ok(stripe.lastReceivedAt !== null && (stripe.receiptLatencyMs.p99 ?? 0) > 0);
      assert.ok(data.handlers.some(({ name, circuit }) => name === 'stripe.dispute' && circuit === 'closed'));
    });
    const token = await tokenOf({ role: 'user', services: ['maps'] });
    const stats = await fleet
      .process('a')
      .get<WebhookStats>('/stream-b-coordination/webhooks/stats?timeframe=1h', { as: { token } });
    assert.deepEqual(
      stats.data.services.map(({ serviceName }) => serviceName),
      ['maps'],
    );
    assert.ok(stats.data.trends.refused.current >= 25);
    assert.deepEqual(
      [stats.data.trends.refused.previous, stats.data.trends.refused.direction],
      [0, 'rising'],
    );
    const inSeries = stats.data.series.reduce((sum, point) => sum + point.refused, 0);
    assert.equal(inSeries, stats.data.trends.refused.current);
    const events = await fleet
      .process('a')
      .get<{ items: { serviceName: string }[] }>('/external-services/webhook-events', { as: { token } });
    assert.ok(events.data.items.every(({ serviceName }) => serviceName === 'maps'));
    for (const [method, where] of [
      ['get', path('stripe')],
      ['get', '/external-services/webhook-events?serviceName=stripe'],
    ] as const) {
      assert.equal((await fleet.process('a')[method](where, { as: { token } })).status, 403, where);
    }
    assert.equal((await fleet.process('a').get(path('maps'), { as: 'user' })).status, 403);
    assert.equal(
      (await fleet.process('a').put(path('maps'), { enabled: true }, { as: 'manager' })).status,
      403,
    );
  });
});
