import type { KeyObject } from 'node:crypto';
import { readBase64Secret } from '../verification/base64-secret.js';
import { soleHeader } from '../verification/delivery.js';
import { fromHex } from '../verification/encodings.js';
import { macSigner } from '../verification/macs.js';
import type { Scheme } from '../verification/scheme.js';
import { signingTime } from '../verification/signing-time.js';
import { refused, verified } from '../verification/verdict.js';

/**
 * `X-Samsara-Signature: v1=<hex>`: HMAC-SHA256 of `v1:<X-Samsara-Timestamp>:` and the raw body, the key
 * base64-decoded from the secret. https://developers.samsara.com/docs/webhooks
 */
export const samsaraScheme: Scheme<KeyObject> = {
  readSecret: readBase64Secret,

  verify({ headers, rawBody }, keys, nowMs) {
    const header = soleHeader(headers, 'x-samsara-signature', 'missing_signature', 'malformed_signature');
    if (typeof header !== 'string') return header;
    const signature = header.startsWith('v1=') ? fromHex(header.slice(3), 32) : null;
    if (signature === null) return refused('malformed_signature');
    const time = soleHeader(headers, 'x-samsara-timestamp', 'missing_timestamp', 'malformed_timestamp');
    if (typeof time !== 'string') return time;
    const seconds = signingTime(time, nowMs);
    if (typeof seconds !== 'number') return seconds;
    const signer = macSigner('sha256', keys, [`v1:${time}:`, rawBody], [signature]);
    return signer === null ? refused('signature_mismatch') : verified(signer, seconds * 1_000);
  },
};
