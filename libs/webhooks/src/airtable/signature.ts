import type { KeyObject } from 'node:crypto';
import { readBase64Secret } from '../verification/base64-secret.js';
import { soleHeader } from '../verification/delivery.js';
import { fromHex } from '../verification/encodings.js';
import { macSigner } from '../verification/macs.js';
import type { Scheme } from '../verification/scheme.js';
import { refused, verified } from '../verification/verdict.js';

const PREFIX = 'hmac-sha256=';

/**
 * `X-Airtable-Content-MAC: hmac-sha256=<hex>`: HMAC-SHA256 of the raw body, the key base64-decoded from the
 * `macSecretBase64` that creating the webhook answered. No time is signed: a replayed ping only has us look
 * for payloads from where we are, and find none.
 * https://airtable.com/developers/web/api/webhooks-overview
 */
export const airtableScheme: Scheme<KeyObject> = {
  readSecret: readBase64Secret,

  verify({ headers, rawBody }, keys) {
    const header = soleHeader(headers, 'x-airtable-content-mac', 'missing_signature', 'malformed_signature');
    if (typeof header !== 'string') return header;
    const signature = header.startsWith(PREFIX) ? fromHex(header.slice(PREFIX.length), 32) : null;
    if (signature === null) return refused('malformed_signature');
    const signer = macSigner('sha256', keys, [rawBody], [signature]);
    return signer === null ? refused('signature_mismatch') : verified(signer, null);
  },
};
