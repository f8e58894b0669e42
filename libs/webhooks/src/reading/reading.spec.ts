import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import type { ServiceName } from '@signalbox/contracts';
import { readDelivery } from '../services.js';
import { BODIES, SIGN, signTwilioJson } from '../testing/sign.js';
import type { Delivery } from '../verification/delivery.js';
import type { ReceivedEvent } from './received-event.js';

const AT_MS = 1_735_689_600_000;

function delivered(body: string | Buffer, headers: Delivery['headers'] = {}): Delivery {
  return { headers, rawBody: Buffer.from(body), publicUrl: null, query: '' };
}
function events(service: ServiceName, delivery: Delivery): readonly ReceivedEvent[] {
  const reading = readDelivery(service, delivery);
  assert.equal(reading.kind, 'events', JSON.stringify(reading));
  return reading.events;
}
function event(service: ServiceName, body: unknown, headers: Delivery['headers'] = {}): ReceivedEvent {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const [first, ...others] = events(service, delivered(text, headers));
  assert.ok(first !== undefined && others.length === 0);
  return first;
}
const reasonOf = (service: ServiceName, body: string | Buffer) => {
  const reading = readDelivery(service, delivered(body));
  return reading.kind === 'unreadable' ? reading.reason : reading.kind;
};

describe('reading a JSON body', () => {
  const json = BODIES.stripe.toString();
  for (const [title, body, reason] of [
    ['passes over one byte order mark', `\ufeff${json}`, 'events'],
    ['refuses a second one', `\ufeff\ufeff${json}`, 'not_json'],
    ['refuses bytes that are no UTF-8', Buffer.concat([Buffer.from(json), Buffer.from([0xff])]), 'not_utf8'],
    ['refuses UTF-16', Buffer.from(json, 'utf16le'), 'not_json'],
    ['refuses a surrogate half in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'not_utf8'],
    ['refuses an empty body', '', 'not_json'],
    ['refuses a body cut off', json.slice(0, -1), 'not_json'],
    ['refuses two values', `${json}${json}`, 'not_json'],
    ['refuses what nests too deep to be written again', '['.repeat(65) + ']'.repeat(65), 'too_deep'],
    ['refuses a megabyte of brackets', '['.repeat(500_000) + ']'.repeat(500_000), 'too_deep'],
    ['refuses another shape', '[]', 'wrong_shape'],
    ['refuses an event without an id', '{"type":"a","created":1}', 'wrong_shape'],
    ['refuses a type that could not be named', '{"id":"evt_1","type":"a b","created":1}', 'wrong_shape'],
  ] as const) {
    it(title, () => assert.equal(reasonOf('stripe', body), reason));
  }

  it('names the field that is wrong, not its value', () => {
    const reading = readDelivery('stripe', delivered('{"id":"evt_1","type":"secret thing","created":1}'));
    assert.deepEqual(reading, {
      kind: 'unreadable',
      reason: 'wrong_shape',
      detail: 'type: does not have the required form',
    });
  });

  it('keeps the payload as it was written, names from the prototype included', () => {
    const body = '{"id":"evt_1","type":"a","created":1,"__proto__":{"x":1},"n":"\\u0000"}';
    const { payload } = event('stripe', body);
    assert.equal(JSON.stringify(payload), body);
    assert.equal(({} as Record<string, unknown>)['x'], undefined);
  });
});

describe('a Stripe event', () => {
  const stripe = (type: string, object: object) =>
    event('stripe', { id: 'evt_1', type, created: AT_MS / 1_000, data: { object } });

  it('carries its id, its type and its time', () => {
    const { externalId, type, occurredAt, sequence } = event('stripe', BODIES.stripe.toString());
    assert.deepEqual(
      { externalId, type, occurredAt, sequence },
      {
        externalId: 'evt_1',
        type: 'payment_intent.payment_failed',
        occurredAt: '2025-01-01T00:00:00.000Z',
        sequence: AT_MS,
      },
    );
  });

  for (const [object, entity] of [
    [{ object: 'charge', id: 'ch_1', customer: 'cus_1', payment_intent: 'pi_1' }, 'customer:cus_1'],
    [{ object: 'charge', id: 'ch_1', customer: { id: 'cus_1' } }, 'customer:cus_1'],
    [{ object: 'customer', id: 'cus_2' }, 'customer:cus_2'],
    [{ object: 'dispute', id: 'dp_1', customer: null, payment_intent: 'pi_1' }, 'payment:pi_1'],
    [{ object: 'payment_intent', id: 'pi_2', customer: null }, 'payment:pi_2'],
    [{ object: 'payout', id: 'po_1' }, 'object:po_1'],
    [{ object: 'balance' }, null],
    [{ object: 'payout', id: 'a b' }, null],
  ] as const) {
    it(`is of ${entity ?? 'nobody'}: ${JSON.stringify(object)}`, () =>
      assert.equal(stripe('a.b', object).entity, entity));
  }

  for (const [type, critical] of [
    ['payment_intent.payment_failed', true],
    ['invoice.payment_failed', true],
    ['charge.failed', true],
    ['checkout.session.async_payment_failed', true],
    ['charge.dispute.created', true],
    ['charge.dispute.closed', true],
    ['payment_intent.succeeded', false],
    ['charge.refunded', false],
  ] as const) {
    it(`of type ${type} is ${critical ? '' : 'not '}critical`, () =>
      assert.equal(stripe(type, {}).critical, critical));
  }

  it('may be thin: with the time as text and only the object’s id', () => {
    const thin = event('stripe', {
      id: 'evt_2',
      object: 'v2.core.event',
      type: 'v1.billing.meter.error_report_triggered',
      created: '2025-01-01T00:00:00.000Z',
      related_object: { id: 'mtr_1' },
    });
    assert.deepEqual([thin.entity, thin.sequence], ['object:mtr_1', AT_MS]);
  });
});

describe('a Twilio callback', () => {
  const form = (fields: Record<string, string>, headers: Delivery['headers'] = {}) =>
    event('twilio', new URLSearchParams(fields).toString(), headers);

  it('has the id that stays the same over attempts, else the digest of its body', () => {
    const fields = { MessageSid: 'SM1', MessageStatus: 'sent' };
    assert.equal(form(fields, { 'i-twilio-idempotency-token': '8e5f-1' }).externalId, '8e5f-1');
    // printf 'MessageSid=SM1&MessageStatus=sent' | sha256sum
    const digest = 'sha256:66dccbde68245b67979e512d12ea87cb17f8a8d20eda8af9df56bb7fdd788fc0';
    assert.equal(form(fields).externalId, digest);
    assert.equal(form(fields, { 'i-twilio-idempotency-token': ['a', 'b'] }).externalId, digest);
  });

  for (const [fields, type, entity, sequence, critical] of [
    [{ MessageSid: 'SM1', MessageStatus: 'queued' }, 'message.queued', 'message:SM1', 2, false],
    [{ SmsSid: 'SM1', SmsStatus: 'received', Body: 'hi' }, 'message.received', 'message:SM1', null, false],
    [{ MessageSid: 'SM1', MessageStatus: 'undelivered' }, 'message.undelivered', 'message:SM1', 5, true],
    [{ MessageSid: 'SM1', MessageStatus: 'failed' }, 'message.failed', 'message:SM1', 5, true],
    [{ MessageSid: 'SM1', MessageStatus: 'delivered' }, 'message.delivered', 'message:SM1', 5, false],
    [{ CallSid: 'CA1', CallStatus: 'busy' }, 'call.busy', 'call:CA1', null, false],
    [{ EventType: 'onMessageAdded' }, 'onMessageAdded', null, null, false],
    [{ Level: 'ERROR', Sid: 'NO1' }, 'debugger.error', null, null, false],
    [{ Digits: '1' }, 'callback', null, null, false],
    [{ EventType: 'no type at all' }, 'callback', null, null, false],
  ] as const) {
    it(`with ${JSON.stringify(fields)} is ${type}`, () => {
      const read = form(fields);
      assert.deepEqual(
        [read.type, read.entity, read.sequence, read.critical],
        [type, entity, sequence, critical],
      );
    });
  }

  it('keeps its fields, repeated ones as lists', () => {
    assert.deepEqual(event('twilio', 'a=1&b=x+%C3%A9&a=2').payload, { a: ['1', '2'], b: 'x é' });
  });

  it('is read as it was verified: a form unless its digest was signed, whatever the type says', () => {
    const delivery = { ...SIGN.twilio(BODIES.twilio, 0), headers: { 'content-type': 'application/json' } };
    assert.equal(events('twilio', delivery)[0]?.type, 'message.undelivered');
    assert.equal(reasonOf('twilio', '{"id":"1"}'), 'malformed_form');
    assert.equal(reasonOf('twilio', ''), 'wrong_shape');
  });

  it('of an event stream is several events, each with its own id', () => {
    const stream = [
      {
        id: 'EZ1',
        type: 'com.twilio.messaging.message.undelivered',
        time: '2025-01-01T00:00:00Z',
        data: { messageSid: 'SM1', errorCode: 30008 },
      },
      { id: 'EZ2', type: 'com.twilio.voice.insights.call-summary.complete', data: { callSid: 'CA1' } },
    ];
    const read = events('twilio', signTwilioJson(Buffer.from(JSON.stringify(stream))));
    assert.deepEqual(
      read.map(({ externalId, entity, sequence, critical }) => [externalId, entity, sequence, critical]),
      [
        ['EZ1', 'message:SM1', AT_MS, true],
        ['EZ2', 'call:CA1', null, false],
      ],
    );
  });
});

describe('a SendGrid delivery', () => {
  it('is an event for each element, told apart by sg_event_id', () => {
    const body = [
      { event: 'delivered', sg_event_id: 'a', sg_message_id: 'm1.filter1.2', timestamp: 1735689600 },
      { event: 'bounce', sg_event_id: 'b', sg_message_id: 'm1.filter1.2', timestamp: 1735689601 },
    ];
    assert.deepEqual(
      events('sendgrid', delivered(JSON.stringify(body))).map((read) => [
        read.externalId,
        read.type,
        read.entity,
        read.sequence,
      ]),
      [
        ['a', 'delivered', 'message:m1', AT_MS],
        ['b', 'bounce', 'message:m1', AT_MS + 1_000],
      ],
    );
  });

  it('gives an element without an id, or with one that cannot travel, its digest', () => {
    const ids = events(
      'sendgrid',
      delivered('[{"event":"open"},{"event":"open"},{"event":"open","sg_event_id":"a b"}]'),
    );
    const [first, second, third] = ids.map(({ externalId }) => externalId);
    assert.match(first ?? '', /^sha256:[0-9a-f]{64}$/);
    assert.equal(first, second);
    assert.match(third ?? '', /^sha256:[0-9a-f]{64}$/);
    assert.notEqual(third, first);
  });

  it('may be empty, and is refused when it is no list or endless', () => {
    assert.deepEqual(events('sendgrid', delivered('[]')), []);
    assert.equal(reasonOf('sendgrid', '{}'), 'wrong_shape');
    assert.equal(reasonOf('sendgrid', '[{"event":"open"},7]'), 'wrong_shape');
    assert.equal(
      reasonOf('sendgrid', `[${Array(10_001).fill('{"event":"open"}').join()}]`),
      'too_many_events',
    );
  });
});

describe('a Samsara event', () => {
  it('of version 1 is of its device', () => {
    const read = event('samsara', {
      eventId: 'e1',
      eventMs: AT_MS,
      eventType: 'Alert',
      event: { alertConditionDescription: 'Panic Button Pressed', device: { id: 281474976710655 } },
    });
    assert.deepEqual(
      [read.externalId, read.entity, read.sequence, read.critical],
      ['e1', 'vehicle:281474976710655', AT_MS, true],
    );
  });

  it('of version 2 is of the vehicle that its conditions name', () => {
    const read = event('samsara', {
      eventId: 'e2',
      eventTime: '2025-01-01T00:00:00Z',
      eventType: 'AlertIncident',
      data: {
        isResolved: true,
        conditions: [{ description: 'Alert', details: { panicButton: { vehicle: { id: '494123' } } } }],
      },
    });
    assert.deepEqual([read.entity, read.sequence, read.critical], ['vehicle:494123', AT_MS, true]);
  });

  it('that is no emergency is not critical', () => {
    const speeding = { eventId: 'e3', eventType: 'Alert', event: { alertConditionId: 'DeviceSpeedAbove' } };
    assert.equal(event('samsara', speeding).critical, false);
    assert.equal(event('samsara', { eventId: 'e4', eventType: 'Ping' }).critical, false);
  });
});

describe('an Airtable ping', () => {
  it('says where to fetch, and nothing more', () => {
    assert.deepEqual(readDelivery('airtable', delivered(BODIES.airtable)), {
      kind: 'ping',
      baseId: 'appABC123',
      webhookId: 'achXYZ789',
      occurredAt: '2025-01-01T00:00:00.000Z',
    });
  });

  it('with ids that would leave the path of a request is refused', () => {
    assert.equal(reasonOf('airtable', '{"base":{"id":"../v0"},"webhook":{"id":"achX"}}'), 'wrong_shape');
  });
});

describe('a Standard Webhook', () => {
  it('has the id of its header, which was signed', () => {
    const read = event('maps', '{"type":"quota.updated"}', {
      'webhook-id': 'msg_9',
      'webhook-timestamp': '1735689600',
    });
    assert.deepEqual(
      [read.externalId, read.type, read.occurredAt],
      ['msg_9', 'quota.updated', '2025-01-01T00:00:00.000Z'],
    );
  });

  it('prefers the time of the event to that of its sending', () => {
    const read = event('maps', '{"type":"a","timestamp":"2024-12-31T00:00:00Z"}', {
      'webhook-id': 'msg_9',
      'webhook-timestamp': '1735689600',
    });
    assert.equal(read.occurredAt, '2024-12-31T00:00:00.000Z');
  });
});
