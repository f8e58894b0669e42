import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { SERVICE_NAMES } from '@signalbox/contracts';
import fc from 'fast-check';
import { readPayloadPage } from '../airtable/payloads.js';
import { WEBHOOK_HANDLERS, checkSecret, interpret, readDelivery, verifierOf } from '../services.js';
import { BODIES, ED25519_SECRET, SIGN, secretOf } from '../testing/sign.js';
import { UNREADABLE_REASONS } from '../reading/received-event.js';
import type { Delivery } from './delivery.js';
import { REFUSAL_REASONS } from './verdict.js';

const NOW_MS = 1_735_689_600_000;

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    '0',
    '1735689600',
    'v1=',
    't=1735689600,v1=',
    'v1,',
    'v1a,',
    'hmac-sha256=',
    '__proto__',
  ),
  fc.base64String(),
);
/** Headers that are nearly right: the names that schemes read, with anything in them. */
const anyHeaders = fc.dictionary(
  fc.constantFrom(
    ...SERVICE_NAMES.flatMap((service) => Object.keys(SIGN[service](BODIES[service], NOW_MS).headers)),
    'i-twilio-idempotency-token',
  ),
  fc.oneof(anyText, fc.array(anyText, { maxLength: 3 }), fc.constant(undefined)),
);
const anyBody = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.json().map((text) => Buffer.from(text)),
  fc.array(fc.tuple(anyText, anyText)).map((fields) => Buffer.from(new URLSearchParams(fields).toString())),
);
const anyDelivery: fc.Arbitrary<Delivery> = fc.record({
  headers: anyHeaders,
  rawBody: anyBody,
  publicUrl: fc.option(fc.oneof(fc.webUrl(), anyText)),
  query: fc.oneof(
    anyText,
    anyText.map((text) => `bodySHA256=${text}`),
  ),
});

/** A type of each handler. */
const TYPES = [
  'payment_intent.payment_failed',
  'charge.dispute.created',
  'bounce',
  'dropped',
  'message.undelivered',
  'AlertIncident',
  'records.changed',
  'payload.error',
];

/** Each payload, broken somewhere: a value replaced by anything. */
function brokenPayload(service: (typeof SERVICE_NAMES)[number]): fc.Arbitrary<unknown> {
  const text = service === 'twilio' ? '{"MessageSid":"SM1","ErrorCode":"30008"}' : BODIES[service].toString();
  const names = new Set<string>();
  JSON.parse(text, (name) => void names.add(name));
  return fc
    .tuple(fc.constantFrom(...names), fc.jsonValue())
    .map(
      ([broken, by]) => JSON.parse(text, (name, value: unknown) => (name === broken ? by : value)) as unknown,
    );
}

describe('whatever comes', () => {
  for (const service of SERVICE_NAMES) {
    const secrets = [secretOf(service), ...(service === 'maps' ? [secretOf('maps', ED25519_SECRET)] : [])];
    const verify = verifierOf(service, secrets);

    it(`${service}: is refused with a known reason, never with an exception`, () => {
      fc.assert(
        fc.property(anyDelivery, fc.nat({ max: 2 ** 45 }), (delivery, nowMs) => {
          const verdict = verify(delivery, nowMs);
          assert.ok(verdict.kind === 'refused' && REFUSAL_REASONS.includes(verdict.reason));
        }),
        { numRuns: 500, seed: 87 },
      );
    });

    it(`${service}: is read, or is not for a known reason, also when it was signed`, () => {
      fc.assert(
        fc.property(anyDelivery, fc.oneof(anyBody, fc.constant(BODIES[service])), (delivery, rawBody) => {
          const reading = readDelivery(service, { ...delivery, rawBody });
          if (reading.kind === 'unreadable') assert.ok(UNREADABLE_REASONS.includes(reading.reason));
          if (reading.kind !== 'events') return;
          for (const event of reading.events) {
            for (const word of [event.externalId, event.type, event.entity ?? 'none']) {
              assert.match(word, /^[A-Za-z0-9_.:@/-]{1,128}$/);
            }
            if (event.occurredAt !== null) assert.match(event.occurredAt, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
            JSON.stringify(event.payload);
          }
        }),
        { numRuns: 500, seed: 88 },
      );
    });

    it(`${service}: is read or not with any of its values replaced`, () => {
      fc.assert(
        fc.property(brokenPayload(service), (payload) => {
          const rawBody = Buffer.from(JSON.stringify(payload));
          const reading = readDelivery(service, { ...SIGN[service](BODIES[service], NOW_MS), rawBody });
          assert.ok(['events', 'ping', 'unreadable'].includes(reading.kind));
        }),
        { numRuns: 500, seed: 89 },
      );
    });

    it(`${service}: as a secret it is refused or taken, never an exception`, () => {
      fc.assert(
        fc.property(anyText, (text) => {
          const problem = checkSecret(service, text);
          assert.ok(problem === null || typeof problem === 'string');
          verifierOf(service, [{ id: 'x', value: text }])(SIGN[service](BODIES[service], NOW_MS), NOW_MS);
        }),
        { seed: 90 },
      );
    });
  }

  for (const handler of WEBHOOK_HANDLERS) {
    const { name, serviceName } = handler;
    it(`${name}: a payload of any shape is interpreted, ignored or invalid by named fields`, () => {
      const types = TYPES.filter((type) => handler.handles(type));
      assert.ok(types.length > 0, name);
      fc.assert(
        fc.property(
          fc.constantFrom(...types),
          fc.oneof(fc.jsonValue(), brokenPayload(serviceName), fc.anything()),
          (type, payload) => {
            const interpretation = interpret({ serviceName, type, payload });
            if (interpretation.kind === 'invalid') assert.ok(interpretation.fields.length > 0);
          },
        ),
        { numRuns: 500, seed: 91 },
      );
    });
  }

  it('airtable: an answer of any shape is a page or is unreadable', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.anything()), (answer) => {
        const page = readPayloadPage({ baseId: 'appA', webhookId: 'achB', cursor: 1 }, answer);
        assert.ok(['page', 'unreadable'].includes(page.kind));
      }),
      { seed: 92 },
    );
  });
});
