import { Buffer } from 'node:buffer';
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { soleHeader } from '../verification/delivery.js';
import { fromBase64 } from '../verification/encodings.js';
import type { ReadyKey, Scheme } from '../verification/scheme.js';
import { signingTime } from '../verification/signing-time.js';
import { refused, verified } from '../verification/verdict.js';

const SIGNATURE = 'x-twilio-email-event-webhook-signature';
const TIMESTAMP = 'x-twilio-email-event-webhook-timestamp';

/** DER of two 256-bit integers, each with at most one leading zero: SEQUENCE, 2 × INTEGER. */
const MAX_DER_BYTES = 72;

/**
 * ECDSA on P-256 over SHA-256 of the timestamp and the raw body, the signature DER in base64; the secret is
 * SendGrid's public key, base64 of its SPKI. For each signature ECDSA has a twin (r, n − s) that is as valid:
 * nothing may tell deliveries apart by their signature.
 * https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
 */
export const sendgridScheme: Scheme<KeyObject> = {
  readSecret(value) {
    const spki = fromBase64(value);
    const key = spki === null ? null : publicKeyOf(spki);
    return key?.asymmetricKeyDetails?.namedCurve === 'prime256v1'
      ? { key }
      : { problem: 'must be the base64 of a P-256 public key (SPKI)' };
  },

  verify({ headers, rawBody }, keys, nowMs) {
    const header = soleHeader(headers, SIGNATURE, 'missing_signature', 'malformed_signature');
    if (typeof header !== 'string') return header;
    const signature = fromBase64(header);
    if (signature === null || signature.length > MAX_DER_BYTES) return refused('malformed_signature');
    const time = soleHeader(headers, TIMESTAMP, 'missing_timestamp', 'malformed_timestamp');
    if (typeof time !== 'string') return time;
    const seconds = signingTime(time, nowMs);
    if (typeof seconds !== 'number') return seconds;
    const signed = Buffer.concat([Buffer.from(time, 'latin1'), rawBody]);
    const signer = keys.find((ready) => hasSigned(ready, signed, signature));
    return signer === undefined ? refused('signature_mismatch') : verified(signer.id, seconds * 1_000);
  },
};

function hasSigned({ key }: ReadyKey<KeyObject>, signed: Buffer, signature: Buffer): boolean {
  try {
    return verify('sha256', signed, { key, dsaEncoding: 'der' }, signature);
  } catch {
    // OpenSSL may raise on a signature that is no DER at all: no match, like any other.
    return false;
  }
}

function publicKeyOf(spki: Buffer): KeyObject | null {
  try {
    return createPublicKey({ key: spki, format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}
