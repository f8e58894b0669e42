import { Buffer } from 'node:buffer';
import { parse } from 'node:querystring';
import { EventWebhook } from '@sendgrid/eventwebhook';
import type { ServiceName } from '@signalbox/contracts';
import { verifierOf, type Delivery } from '@signalbox/webhooks';
import {
  ED25519_SECRET,
  PUBLIC_URL,
  SECRETS,
  SIGN,
  secretOf,
  signMapsEd25519,
  signTwilioJson,
} from '@signalbox/webhooks/testing';
import { Webhook } from 'standardwebhooks';
import { Stripe } from 'stripe';
import twilio from 'twilio';

export interface VerificationFigures {
  /** Deliveries verified a second, on one core. */
  perSecond: number;
  /** The provider's own library, verifying the same delivery; null where there is none. */
  peerPerSecond: number | null;
}

/** One of a scheme's deliveries, and the two that verify it. */
interface Contest {
  delivery: Delivery;
  ours: () => boolean;
  theirs: (() => boolean) | null;
}

/** About what providers send: a Stripe event of a charge has 2 to 4 KB. */
const BODY_BYTES = 2_048;
/** Taken in turns, so that a noisy second falls on both; the median of them counts. */
const ROUNDS = 5;

/**
 * Signature verification alone: no HTTP, and no JSON parsed on either side. Twilio signs a form's fields, so there
 * taking the form apart is part of it on both sides. Ours does what it does in the product: every check, a key
 * made ready. Takes about `ROUNDS` × 2 × `roundMs` for each of eight schemes. Also runs by itself:
 * `node bench/dist/webhooks/verification.js [--json]`.
 */
export function verificationFigures(roundMs = 200): Record<string, VerificationFigures> {
  return Object.fromEntries(
    Object.entries(contests(Date.now())).map(([name, contest]) => [name, measure(name, contest, roundMs)]),
  );
}

function contests(nowMs: number): Record<string, Contest> {
  const json = jsonBody();
  const { signature } = new Stripe('sk_test_none').webhooks;
  if (signature === null) throw new Error('Stripe’s library brings no verification');
  const sendgrid = new EventWebhook();
  const sendgridKey = sendgrid.convertPublicKeyToECDSA(SECRETS.sendgrid);
  const standard = new Webhook(SECRETS.maps);
  return {
    stripe: contest('stripe', SIGN.stripe(json, nowMs), ({ rawBody, headers }) =>
      signature.verifyHeader(rawBody, text(headers, 'stripe-signature'), SECRETS.stripe, 300),
    ),
    twilioForm: contest('twilio', SIGN.twilio(formBody(), nowMs), ({ rawBody, headers }) =>
      twilio.validateRequest(
        SECRETS.twilio,
        text(headers, 'x-twilio-signature'),
        PUBLIC_URL,
        parse(rawBody.toString('utf8')),
      ),
    ),
    twilioJson: contest('twilio', signTwilioJson(json), ({ rawBody, headers, query }) =>
      twilio.validateRequestWithBody(
        SECRETS.twilio,
        text(headers, 'x-twilio-signature'),
        `${PUBLIC_URL}?${query}`,
        rawBody.toString('utf8'),
      ),
    ),
    sendgrid: contest('sendgrid', SIGN.sendgrid(json, nowMs), ({ rawBody, headers }) =>
      sendgrid.verifySignature(
        sendgridKey,
        rawBody,
        text(headers, 'x-twilio-email-event-webhook-signature'),
        text(headers, 'x-twilio-email-event-webhook-timestamp'),
      ),
    ),
    samsara: contest('samsara', SIGN.samsara(json, nowMs), null),
    airtable: contest('airtable', SIGN.airtable(json, nowMs), null),
    maps: contest('maps', SIGN.maps(json, nowMs), ({ rawBody, headers }) => {
      // Throws where it does not verify.
      standard.verify(rawBody, headers as Record<string, string>, { jsonParse: false });
      return true;
    }),
    mapsEd25519: contest('maps', signMapsEd25519(json, nowMs), null, ED25519_SECRET),
  };
}

function contest(
  service: ServiceName,
  delivery: Delivery,
  theirs: ((delivery: Delivery) => boolean) | null,
  secret?: string,
): Contest {
  const verify = verifierOf(service, [secretOf(service, secret)]);
  return {
    delivery,
    ours: () => verify(delivery, Date.now()).kind === 'verified',
    theirs: theirs === null ? null : () => theirs(delivery),
  };
}

function measure(name: string, { ours, theirs }: Contest, roundMs: number): VerificationFigures {
  const rates: number[] = [];
  const peerRates: number[] = [];
  // The first round is for the compiler.
  for (let round = 0; round <= ROUNDS; round++) {
    const rate = perSecond(name, ours, roundMs);
    const peerRate = theirs === null ? NaN : perSecond(`${name}’s library`, theirs, roundMs);
    if (round === 0) continue;
    rates.push(rate);
    peerRates.push(peerRate);
  }
  return {
    perSecond: Math.round(median(rates)),
    peerPerSecond: theirs === null ? null : Math.round(median(peerRates)),
  };
}

function perSecond(name: string, verifies: () => boolean, roundMs: number): number {
  const startedMs = performance.now();
  let done = 0;
  let elapsedMs = 0;
  while (elapsedMs < roundMs) {
    for (let time = 0; time < 20; time++) {
      // A verifier that refuses is quick, and measures nothing.
      if (!verifies()) throw new Error(`${name} refused what was signed for it`);
    }
    done += 20;
    elapsedMs = performance.now() - startedMs;
  }
  return (done / elapsedMs) * 1_000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function jsonBody(): Buffer {
  const event = { id: 'evt_1', type: 'charge.succeeded', created: 1_735_689_600, filler: '' };
  event.filler = 'x'.repeat(BODY_BYTES - JSON.stringify(event).length);
  return Buffer.from(JSON.stringify(event));
}

/** A status callback, as long as Twilio's are. */
function formBody(): Buffer {
  return Buffer.from(
    new URLSearchParams({
      ApiVersion: '2010-04-01',
      AccountSid: `AC${'0'.repeat(32)}`,
      MessageSid: `SM${'1'.repeat(32)}`,
      SmsSid: `SM${'1'.repeat(32)}`,
      MessageStatus: 'undelivered',
      SmsStatus: 'undelivered',
      ErrorCode: '30008',
      ErrorMessage: 'Unknown error',
      From: '+15005550006',
      To: '+14155550100',
      MessagingServiceSid: `MG${'2'.repeat(32)}`,
    }).toString(),
  );
}

function text(headers: Delivery['headers'], name: string): string {
  const value = headers[name];
  if (typeof value !== 'string') throw new Error(`${name} was not signed`);
  return value;
}

if (import.meta.filename === process.argv[1]) {
  const figures = verificationFigures();
  if (process.argv.includes('--json')) console.log(JSON.stringify(figures));
  else console.table(figures);
}
