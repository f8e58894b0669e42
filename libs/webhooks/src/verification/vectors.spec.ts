import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { createSecretKey } from 'node:crypto';
import { describe, it } from 'node:test';
import type { ServiceName } from '@signalbox/contracts';
import { verifierOf } from '../services.js';
import { twilioScheme } from '../twilio/signature.js';
import type { Delivery } from './delivery.js';

/**
 * Vectors with nothing computed here: from the providers' own documentation and tests where there are any, else
 * made with Python's hmac and cryptography.
 */
interface Vector {
  readonly service: ServiceName;
  readonly title: string;
  readonly secret: string;
  readonly headers: Delivery['headers'];
  readonly body: string;
  readonly atSeconds: number;
  readonly publicUrl?: string;
}

const STANDARD_WEBHOOKS = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': '1614265330',
};

const VECTORS: readonly Vector[] = [
  {
    service: 'stripe',
    title: 'a signature beside one of v0 and another secret’s',
    secret: 'whsec_5f4dcc3b5aa765d61d8327deb882cf99',
    headers: {
      'stripe-signature':
        't=1735689600,v1=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39,' +
        'v1=d7f2edf0720da033f5e6c56caa223270cffb2015920550478ec2904ef674681b,' +
        'v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39',
    },
    body: '{"id":"evt_1","type":"payment_intent.payment_failed","created":1735689600}',
    atSeconds: 1735689600,
  },
  {
    service: 'twilio',
    title: 'a status callback',
    secret: '0123456789abcdef0123456789abcdef',
    headers: { 'x-twilio-signature': 'EaIy05+ksgi5m5Fw/S5oXlQcldI=' },
    body: 'MessageStatus=undelivered&ErrorCode=30008&MessageSid=SM1',
    atSeconds: 0,
    publicUrl: 'https://hooks.example.com/twilio?x=1',
  },
  {
    service: 'sendgrid',
    title: 'the drop in the tests of SendGrid’s own library',
    secret:
      'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==',
    headers: {
      'x-twilio-email-event-webhook-signature':
        'MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=',
      'x-twilio-email-event-webhook-timestamp': '1600112502',
    },
    body:
      '[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address",' +
      '"sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",' +
      '"sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",' +
      '"smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n',
    atSeconds: 1600112502,
  },
  {
    service: 'samsara',
    title: 'an alert',
    secret: 'c2Ftc2FyYS13ZWJob29rLXNlY3JldC0wMQ==',
    headers: {
      'x-samsara-signature': 'v1=2c7b76025858692ee82ae6fa2e7b12c0d92be62283a06634cb263822c1b4e867',
      'x-samsara-timestamp': '1735689600',
    },
    body: '{"eventId":"e-1","eventMs":1735689600000,"eventType":"Alert"}',
    atSeconds: 1735689600,
  },
  {
    service: 'airtable',
    title: 'a ping',
    secret: 'YWlydGFibGUtbWFjLXNlY3JldC0wMDAwMQ==',
    headers: {
      'x-airtable-content-mac':
        'hmac-sha256=48c07f5238dcc15a6ee6066b5bdeeebb5d80bb69ef282f7f86101cdae2d3c9ed',
    },
    body: '{"base":{"id":"appABC123"},"webhook":{"id":"achXYZ789"},"timestamp":"2025-01-01T00:00:00.000Z"}',
    atSeconds: 0,
  },
  {
    service: 'maps',
    title: 'the message in the specification of Standard Webhooks, among others',
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    headers: {
      ...STANDARD_WEBHOOKS,
      'webhook-signature':
        'v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,aGVsbG8= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    body: '{"test": 2432232314}',
    atSeconds: 1614265330,
  },
  {
    service: 'maps',
    title: 'the same message signed with ed25519',
    secret: 'whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=',
    headers: {
      ...STANDARD_WEBHOOKS,
      'webhook-signature':
        'v1a,yoUrgEkc12aGqm0n4Sydmdz55xJfTz4AsAgieHFjmkR7LJtqVCZOQYzvvHjI5kAey+r4iaBGxTFRrl2iBQxtDQ==',
    },
    body: '{"test": 2432232314}',
    atSeconds: 1614265330,
  },
];

describe('fixed vectors', () => {
  for (const { service, title, secret, headers, body, atSeconds, publicUrl = null } of VECTORS) {
    it(`${service}: verifies ${title}`, () => {
      const verify = verifierOf(service, [{ id: 'only', value: secret }]);
      const delivery = { headers, rawBody: Buffer.from(body), publicUrl, query: '' };
      const verdict = verify(delivery, atSeconds * 1_000);
      assert.equal(verdict.kind, 'verified', JSON.stringify(verdict));
    });
  }

  it('twilio: verifies the request in Twilio’s documentation', () => {
    const delivery: Delivery = {
      headers: { 'x-twilio-signature': 'RSOYDt4T1cUTdK1PDd93/VVr8B8=' },
      rawBody: Buffer.from(
        'Digits=1234&To=%2B18005551212&From=%2B14158675309&Caller=%2B14158675309&CallSid=CA1234567890ABCDE',
      ),
      publicUrl: 'https://mycompany.com/myapp.php?foo=1&bar=2',
      query: 'foo=1&bar=2',
    };
    // The documentation's auth token is no real one: too short for `checkSecret`.
    const keys = [{ id: 'documented', key: createSecretKey(Buffer.from('12345')) }];
    assert.deepEqual(twilioScheme.verify(delivery, keys, 0), {
      kind: 'verified',
      secretId: 'documented',
      signedAtMs: null,
    });
  });
});
