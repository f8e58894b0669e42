import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { Buffer } from 'node:buffer';
import type { ServiceName } from '@signalbox/contracts';
import { Webhook } from 'standardwebhooks';
import { Stripe } from 'stripe';
import twilio from 'twilio';
import type { Delivery, Secret } from '../verification/delivery.js';

/**
 * Deliveries as providers sign them: by the provider's own library where there is one, else by its documentation.
 * Nothing here is the code under test.
 */

const sendgridKeys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed25519Keys = generateKeyPairSync('ed25519');

/** One secret of each service, and of the other kind that Standard Webhooks has. */
export const SECRETS = {
  stripe: 'whsec_5f4dcc3b5aa765d61d8327deb882cf99',
  twilio: '0123456789abcdef0123456789abcdef',
  sendgrid: sendgridKeys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
  samsara: 'c2Ftc2FyYS13ZWJob29rLXNlY3JldC0wMQ==',
  airtable: 'YWlydGFibGUtbWFjLXNlY3JldC0wMDAwMQ==',
  maps: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
} as const satisfies Record<ServiceName, string>;

export const ED25519_SECRET = `whpk_${ed25519Keys.publicKey
  .export({ format: 'der', type: 'spki' })
  .subarray(-32)
  .toString('base64')}`;

export const PUBLIC_URL = 'https://hooks.example.com/api/v1/external-services/webhook/twilio';

export const secretOf = (serviceName: ServiceName, value: string = SECRETS[serviceName]): Secret => ({
  id: `${serviceName}-1`,
  value,
});

const stripe = new Stripe('sk_test_none');

/** Signs bytes of any kind; `atMs` is the provider's clock. Only Airtable and Twilio sign no time. */
export const SIGN: Record<ServiceName, (rawBody: Buffer, atMs: number, secret?: string) => Delivery> = {
  stripe: (rawBody, atMs, secret = SECRETS.stripe) =>
    delivery(rawBody, {
      'stripe-signature': stripe.webhooks.generateTestHeaderString({
        payload: rawBody.toString('utf8'),
        secret,
        timestamp: secondsOf(atMs),
      }),
    }),
  twilio: (rawBody, _atMs, secret = SECRETS.twilio) => {
    const fields = fieldsOf(rawBody);
    const signature = twilio.getExpectedTwilioSignature(secret, PUBLIC_URL, fields);
    return delivery(rawBody, {
      'x-twilio-signature': signature,
      'content-type': 'application/x-www-form-urlencoded',
    });
  },
  sendgrid: (rawBody, atMs, privateKey) => {
    const time = String(secondsOf(atMs));
    const key = privateKey === undefined ? sendgridKeys.privateKey : createPrivateKey(privateKey);
    const signature = sign('sha256', Buffer.concat([Buffer.from(time), rawBody]), key);
    return delivery(rawBody, {
      'x-twilio-email-event-webhook-signature': signature.toString('base64'),
      'x-twilio-email-event-webhook-timestamp': time,
    });
  },
  samsara: (rawBody, atMs, secret = SECRETS.samsara) => {
    const time = String(secondsOf(atMs));
    const mac = createHmac('sha256', Buffer.from(secret, 'base64'));
    return delivery(rawBody, {
      'x-samsara-signature': `v1=${mac.update(`v1:${time}:`).update(rawBody).digest('hex')}`,
      'x-samsara-timestamp': time,
    });
  },
  airtable: (rawBody, _atMs, secret = SECRETS.airtable) => {
    const mac = createHmac('sha256', Buffer.from(secret, 'base64')).update(rawBody).digest('hex');
    return delivery(rawBody, { 'x-airtable-content-mac': `hmac-sha256=${mac}` });
  },
  maps: (rawBody, atMs, secret = SECRETS.maps) =>
    delivery(rawBody, {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(secondsOf(atMs)),
      'webhook-signature': new Webhook(secret).sign('msg_1', new Date(atMs), rawBody.toString('utf8')),
    }),
};

/** As `SIGN.twilio` for a body that is no form: its digest is signed as part of the URL. */
export function signTwilioJson(rawBody: Buffer, publicUrl = PUBLIC_URL): Delivery {
  const query = `bodySHA256=${twilio.getExpectedBodyHash(rawBody.toString('utf8'))}`;
  const url = `${publicUrl}${publicUrl.includes('?') ? '&' : '?'}${query}`;
  const signature = twilio.getExpectedTwilioSignature(SECRETS.twilio, url, {});
  return {
    ...delivery(rawBody, { 'x-twilio-signature': signature, 'content-type': 'application/json' }),
    publicUrl,
    query,
  };
}

/** As `SIGN.maps` with the provider's ed25519 key. */
export function signMapsEd25519(rawBody: Buffer, atMs: number): Delivery {
  const signed = Buffer.concat([Buffer.from(`msg_1.${secondsOf(atMs)}.`), rawBody]);
  return delivery(rawBody, {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(secondsOf(atMs)),
    'webhook-signature': `v1a,${sign(null, signed, ed25519Keys.privateKey).toString('base64')}`,
  });
}

/** Another SendGrid: its private key as PEM for `SIGN.sendgrid`, and the secret that belongs to it. */
export function anotherSendgridKey(): { privateKey: string; secret: string } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    secret: createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).toString('base64'),
  };
}

/** A body of each service that is read as one event (Airtable's as a ping). */
export const BODIES: Record<ServiceName, Buffer> = {
  stripe: Buffer.from(
    '{"id":"evt_1","type":"payment_intent.payment_failed","created":1735689600,"data":{"object":' +
      '{"id":"pi_1","object":"payment_intent","amount":1999,"currency":"usd","customer":"cus_1"}}}',
  ),
  twilio: Buffer.from(
    'ErrorCode=30008&MessageSid=SM1&MessageStatus=undelivered&To=%2B15550100&Note=a+b%C3%A9',
  ),
  sendgrid: Buffer.from(
    '[{"email":"a@example.com","event":"bounce","sg_event_id":"e1","sg_message_id":"m1.f.1","timestamp":1735689600}]\r\n',
  ),
  samsara: Buffer.from(
    '{"eventId":"e-1","eventMs":1735689600000,"eventType":"Alert","event":{"device":{"id":281}}}',
  ),
  airtable: Buffer.from(
    '{"base":{"id":"appABC123"},"webhook":{"id":"achXYZ789"},"timestamp":"2025-01-01T00:00:00.000Z"}',
  ),
  maps: Buffer.from('{"type":"quota.updated","timestamp":"2025-01-01T00:00:00Z","data":{"used":1}}'),
};

function delivery(rawBody: Buffer, headers: Delivery['headers']): Delivery {
  return {
    headers: { 'content-type': 'application/json', ...headers },
    rawBody,
    publicUrl: PUBLIC_URL,
    query: '',
  };
}

function secondsOf(ms: number): number {
  return Math.floor(ms / 1_000);
}

/** As a web framework gives them to Twilio's library: repeated names as lists. */
function fieldsOf(rawBody: Buffer): Record<string, string | string[]> {
  const form = new URLSearchParams(rawBody.toString('utf8'));
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const values = form.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? '') : values];
    }),
  );
}
