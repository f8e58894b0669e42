import { createSecretKey, type KeyObject } from 'node:crypto';
import { Buffer } from 'node:buffer';
import { soleHeader } from '../verification/delivery.js';
import { fromHex } from '../verification/encodings.js';
import { MAX_SIGNATURES, macSigner } from '../verification/macs.js';
import type { Scheme } from '../verification/scheme.js';
import { signingTime } from '../verification/signing-time.js';
import { refused, verified, type Refused } from '../verification/verdict.js';

const SECRET = /^whsec_[\x21-\x7e]{16,250}$/;

/**
 * `Stripe-Signature: t=<s>,v1=<hex>[,v1=…]`: HMAC-SHA256 of `<s>.` and the raw body. The key is the whole secret
 * with its prefix. Any v1 may match, for Stripe signs with both secrets while one is rolled; v0 is for test mode
 * and proves nothing. https://docs.stripe.com/webhooks/signatures
 */
export const stripeScheme: Scheme<KeyObject> = {
  readSecret(value) {
    return SECRET.test(value)
      ? { key: createSecretKey(Buffer.from(value, 'latin1')) }
      : { problem: 'must begin with whsec_ and be 22 to 256 printable characters' };
  },

  verify({ headers, rawBody }, keys, nowMs) {
    const header = soleHeader(headers, 'stripe-signature', 'missing_signature', 'malformed_signature');
    if (typeof header !== 'string') return header;
    const parts = readHeader(header);
    if ('kind' in parts) return parts;
    const seconds = signingTime(parts.time, nowMs);
    if (typeof seconds !== 'number') return seconds;
    const signer = macSigner('sha256', keys, [`${parts.time}.`, rawBody], parts.signatures);
    return signer === null ? refused('signature_mismatch') : verified(signer, seconds * 1_000);
  },
};

/** Two times in one header are refused: the one that is checked must be the one that is signed. */
function readHeader(header: string): { time: string; signatures: Buffer[] } | Refused {
  let time: string | null = null;
  let given = 0;
  const signatures: Buffer[] = [];
  for (const element of header.split(',')) {
    // Node joins a header that was sent twice with a comma and a blank; Stripe writes none.
    if (element.startsWith(' ')) return refused('malformed_signature');
    if (element.startsWith('t=')) {
      if (time !== null) return refused('malformed_signature');
      time = element.slice(2);
    } else if (element.startsWith('v1=')) {
      if (++given > MAX_SIGNATURES) return refused('too_many_signatures');
      const signature = fromHex(element.slice(3), 32);
      if (signature !== null) signatures.push(signature);
    }
  }
  if (time === null) return refused(given > 0 ? 'missing_timestamp' : 'malformed_signature');
  return signatures.length > 0 ? { time, signatures } : refused('malformed_signature');
}
