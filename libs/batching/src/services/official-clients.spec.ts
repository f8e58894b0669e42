import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import sendgridMail from '@sendgrid/mail';
import type { ServiceName } from '@signalbox/contracts';
import {
  airtableBase,
  googleGeocode,
  listening,
  mapboxUrl,
  MAPBOX_TOKEN,
  seen,
  seenOf,
  stripeClient,
  twilioClient,
  type SeenRequest,
} from '../testing/official-clients.js';
import { parsePayload } from '../wire/operation.js';
import { authorize, operationOf, PROVIDER_HOSTS } from './index.js';
import { meterEventSessionRequest } from './stripe/meter-event-session.js';

const ACCOUNT_SID = `AC${'0'.repeat(32)}`;
const BASE_URLS: Record<string, string> = {
  stripe_primary_us_east: 'https://api.stripe.com',
  twilio_us1: 'https://api.twilio.com',
  sendgrid_global: 'http://listening',
  airtable_primary: 'http://listening',
  maps_mapbox: 'https://api.mapbox.com',
  maps_google: 'https://maps.googleapis.com',
};
const CREDENTIALS: Record<string, string> = {
  twilio_us1: `${ACCOUNT_SID}:token`,
  maps_mapbox: MAPBOX_TOKEN,
  maps_google: 'offline',
};

/** What ours would send for these payloads, merged as they merge; there must be one request. */
function ours(service: ServiceName, name: string, nodeId: string, ...payloads: object[]): SeenRequest {
  const operation = operationOf(service, name);
  const items = payloads.map((payload, index) => ({
    id: `item-${index}`,
    payload: parsePayload(operation, payload),
  }));
  const [call, ...others] = operation.encode(items, nodeId);
  assert.ok(call !== undefined && others.length === 0);
  const request = authorize(call.request, service, nodeId, CREDENTIALS[nodeId] ?? 'offline');
  return seenOf(request, BASE_URLS[nodeId] ?? '', PROVIDER_HOSTS);
}

describe('a request is what the provider’s own client sends', () => {
  it('stripe: meter events through the stream, on its own host', async () => {
    const sent: SeenRequest[] = [];
    const events = ['a', 'b'].map((id) => ({
      event_name: 'api_calls',
      identifier: id,
      payload: { stripe_customer_id: 'cus_1', value: '3' },
      timestamp: '2025-01-01T00:00:00.000Z',
    }));
    await stripeClient(sent).v2.billing.meterEventStream.create({ events });
    assert.equal(sent[0]?.host, 'meter-events.stripe.com');
    assert.deepEqual(ours('stripe', 'meter_event', 'stripe_primary_us_east', ...events), sent[0]);
  });

  it('stripe: the session that the stream needs', async () => {
    const sent: SeenRequest[] = [];
    await stripeClient(sent).v2.billing.meterEventSession.create();
    const session = seenOf(meterEventSessionRequest, 'https://api.stripe.com', PROVIDER_HOSTS);
    // Without parameters the client sends no body, or an empty object.
    assert.deepEqual({ ...sent[0], body: null, contentType: null }, session);
  });

  it('stripe: any v1 call, its nested parameters as a form', async () => {
    const sent: SeenRequest[] = [];
    const body = {
      amount: 2_000,
      currency: 'usd',
      metadata: { order: '6735 ü&=', line: 2 },
      payment_method_types: ['card', 'link'],
      automatic_payment_methods: { enabled: true },
    };
    await stripeClient(sent).paymentIntents.create(body);
    const request = { method: 'POST', path: '/v1/payment_intents', body };
    assert.deepEqual(ours('stripe', 'request', 'stripe_primary_us_east', request), sent[0]);
  });

  it('twilio: a message, its lists as repeated parameters', async () => {
    const sent: SeenRequest[] = [];
    await twilioClient(ACCOUNT_SID, sent).messages.create({
      to: '+14155550001',
      from: '+14155550000',
      body: 'On my way: 100 % & more, ü',
      mediaUrl: ['https://example.com/a.png', 'https://example.com/b.png'],
      statusCallback: 'https://example.com/cb?x=1',
      validityPeriod: 600,
      smartEncoded: true,
    });
    const payload = {
      To: '+14155550001',
      From: '+14155550000',
      Body: 'On my way: 100 % & more, ü',
      MediaUrl: ['https://example.com/a.png', 'https://example.com/b.png'],
      StatusCallback: 'https://example.com/cb?x=1',
      ValidityPeriod: 600,
      SmartEncoded: true,
    };
    assert.deepEqual(ours('twilio', 'send_message', 'twilio_us1', payload), sent[0]);
  });

  it('sendgrid: two mails that differ in their personalizations, as one', async () => {
    const shared = {
      from: { email: 'hello@example.com', name: 'Hello' },
      subject: 'Your invoice',
      content: [{ type: 'text/plain', value: 'It is attached.' }],
      categories: ['invoice'],
      send_at: 1_900_000_000,
    };
    const personalizations = [
      { to: [{ email: 'a@example.com', name: 'A' }], custom_args: { account: '1' } },
      { to: [{ email: 'b@example.com' }], cc: [{ email: 'c@example.com' }], subject: 'Yours, B' },
    ];
    const theirs = await listening(async (url) => {
      const { MailService } = sendgridMail as unknown as { MailService: new () => typeof sendgridMail };
      const service = new MailService();
      service.setApiKey('SG.offline');
      const { client } = service as unknown as {
        client: { setDefaultRequest(name: string, value: string): void };
      };
      client.setDefaultRequest('baseUrl', url);
      await service.send({
        from: shared.from,
        subject: shared.subject,
        content: [{ type: 'text/plain', value: 'It is attached.' }],
        categories: shared.categories,
        sendAt: shared.send_at,
        personalizations: [
          { to: { email: 'a@example.com', name: 'A' }, customArgs: { account: '1' } },
          { to: 'b@example.com', cc: 'c@example.com', subject: 'Yours, B' },
        ],
      } as never);
    });
    const mails = personalizations.map((one) => ({ ...shared, personalizations: [one] }));
    assert.deepEqual(ours('sendgrid', 'mail_send', 'sendgrid_global', ...mails), theirs);
  });

  describe('airtable', () => {
    const at = { baseId: 'appOperations0001', table: 'Stops & drops' };
    const id = (digit: number) => `rec${String(digit).repeat(14)}`;
    const answers = {
      records: [
        { id: id(1), fields: {} },
        { id: id(2), fields: {} },
      ],
    };

    it('creates records of several items together', async () => {
      const theirs = await listening(
        (url) =>
          airtableBase(
            url,
            at.baseId,
          )(at.table).create([{ fields: { Name: 'a' } }, { fields: { Name: 'b' } }], {
            typecast: true,
          }),
        answers,
      );
      const payloads = ['a', 'b'].map((Name) => ({ ...at, records: [{ fields: { Name } }], typecast: true }));
      assert.deepEqual(ours('airtable', 'create_records', 'airtable_primary', ...payloads), theirs);
    });

    it('updates and upserts them', async () => {
      const records = [1, 2].map((digit) => ({ id: id(digit), fields: { Name: `n${digit}` } }));
      const update = await listening(
        (url) => airtableBase(url, at.baseId)(at.table).update(records),
        answers,
      );
      const payloads = records.map((record) => ({ ...at, records: [record] }));
      assert.deepEqual(ours('airtable', 'update_records', 'airtable_primary', ...payloads), update);

      const performUpsert = { fieldsToMergeOn: ['Name'] };
      const fields = records.map((record) => ({ fields: record.fields }));
      const upsert = await listening(
        (url) => airtableBase(url, at.baseId)(at.table).update(fields as never, { performUpsert } as never),
        answers,
      );
      const upserts = fields.map((record) => ({ ...at, records: [record], performUpsert }));
      assert.deepEqual(ours('airtable', 'upsert_records', 'airtable_primary', ...upserts), upsert);
    });

    it('deletes them by ids in the query', async () => {
      const theirs = await listening(
        (url) => airtableBase(url, at.baseId)(at.table).destroy([id(1), id(2)]),
        answers,
      );
      const payloads = [1, 2].map((digit) => ({ ...at, records: [{ id: id(digit) }] }));
      assert.deepEqual(ours('airtable', 'delete_records', 'airtable_primary', ...payloads), theirs);
    });
  });

  it('mapbox: one query', () => {
    const url = mapboxUrl(({ geocoding }) =>
      geocoding.forwardGeocode({
        query: 'Köpenicker Str. 1; Berlin',
        limit: 3,
        language: 'de',
        autocomplete: false,
      }),
    );
    const payload = { query: 'Köpenicker Str. 1; Berlin', limit: 3, language: 'de' };
    const sent = ours('maps', 'geocode', 'maps_mapbox', payload);
    // The client says the defaults too.
    const theirs = seen('GET', url, {}, '');
    assert.deepEqual(sent, { ...theirs, query: theirs.query.filter((pair) => sent.query.includes(pair)) });
  });

  it('mapbox: a matrix of two items that share their origin', () => {
    const [depot, a, b, c] = [
      [13.4, 52.5],
      [13.41, 52.51],
      [13.42, 52.52],
      [13.43, 52.53],
    ] as const;
    const url = mapboxUrl(({ matrix }) =>
      matrix.getMatrix({
        points: [depot, a, b, c].map((coordinates) => ({ coordinates })),
        profile: 'driving',
        sources: [0],
        destinations: [1, 2, 3],
        annotations: ['duration', 'distance'],
      }),
    );
    const payloads = [
      { origins: [depot], destinations: [a, b], profile: 'driving' },
      { origins: [depot], destinations: [c], profile: 'driving' },
    ];
    assert.deepEqual(ours('maps', 'matrix', 'maps_mapbox', ...payloads), seen('GET', url, {}, ''));
  });

  it('google: one query', async () => {
    const address = '1600 Amphitheatre Parkway, Mountain View & more';
    const theirs = await googleGeocode({ address, language: 'en' });
    const sent = ours('maps', 'geocode', 'maps_google', { query: address, language: 'en' });
    assert.deepEqual(sent, theirs);
  });
});
