import { Buffer } from 'node:buffer';
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { readBase64Secret } from '../verification/base64-secret.js';
import { soleHeader } from '../verification/delivery.js';
import { fromBase64 } from '../verification/encodings.js';
import { MAX_SIGNATURES, macSigner } from '../verification/macs.js';
import type { ReadyKey, Scheme } from '../verification/scheme.js';
import { signingTime } from '../verification/signing-time.js';
import { refused, verified, type Refused } from '../verification/verdict.js';

/** `whsec_` + base64 for HMAC (v1), `whpk_` + base64 of the 32 bytes of an ed25519 public key (v1a). */
const SHARED = 'whsec_';
const PUBLIC = 'whpk_';

/**
 * What precedes the 32 bytes of an ed25519 key in its SPKI: SEQUENCE, AlgorithmIdentifier 1.3.101.112, BIT STRING
 * (RFC 8410, section 4).
 */
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * Printable ASCII without a full stop: the signed text is `id.timestamp.body`, and an id that held one could be
 * cut elsewhere, so that one signature would stand for several messages.
 */
const MESSAGE_ID = /^[\x21-\x2d\x2f-\x7e]{1,256}$/;

/**
 * Standard Webhooks: `webhook-signature` holds `v1,<base64>` (HMAC-SHA256) and `v1a,<base64>` (ed25519) of
 * `id.timestamp.body`, separated by spaces; one that matches suffices, other versions are passed over.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const mapsScheme: Scheme<KeyObject> = {
  readSecret(value) {
    if (value.startsWith(SHARED)) return readBase64Secret(value.slice(SHARED.length));
    const bytes = value.startsWith(PUBLIC) ? fromBase64(value.slice(PUBLIC.length)) : null;
    if (bytes?.length === 32) return { key: ed25519Key(bytes) };
    return { problem: 'must be whsec_ and base64, or whpk_ and the base64 of an ed25519 public key' };
  },

  verify({ headers, rawBody }, keys, nowMs) {
    const header = soleHeader(headers, 'webhook-signature', 'missing_signature', 'malformed_signature');
    if (typeof header !== 'string') return header;
    const given = readSignatures(header);
    if ('kind' in given) return given;
    const id = soleHeader(headers, 'webhook-id', 'missing_message_id', 'malformed_message_id');
    if (typeof id !== 'string') return id;
    if (!MESSAGE_ID.test(id)) return refused('malformed_message_id');
    const time = soleHeader(headers, 'webhook-timestamp', 'missing_timestamp', 'malformed_timestamp');
    if (typeof time !== 'string') return time;
    const seconds = signingTime(time, nowMs);
    if (typeof seconds !== 'number') return seconds;
    const prefix = `${id}.${time}.`;
    const shared = keys.filter(({ key }) => key.type === 'secret');
    const signer =
      macSigner('sha256', shared, [prefix, rawBody], given.macs) ??
      ed25519Signer(keys, prefix, rawBody, given.ed25519);
    return signer === null ? refused('signature_mismatch') : verified(signer, seconds * 1_000);
  },
};

function readSignatures(header: string): { macs: Buffer[]; ed25519: Buffer[] } | Refused {
  const macs: Buffer[] = [];
  const ed25519: Buffer[] = [];
  const given = header.split(' ');
  if (given.length > MAX_SIGNATURES) return refused('too_many_signatures');
  for (const versioned of given) {
    if (versioned.startsWith('v1,')) pushOf(macs, versioned.slice(3), 32);
    else if (versioned.startsWith('v1a,')) pushOf(ed25519, versioned.slice(4), 64);
  }
  return macs.length + ed25519.length > 0 ? { macs, ed25519 } : refused('malformed_signature');
}

function pushOf(signatures: Buffer[], text: string, length: number): void {
  const signature = fromBase64(text);
  if (signature?.length === length) signatures.push(signature);
}

function ed25519Signer(
  keys: readonly ReadyKey<KeyObject>[],
  prefix: string,
  rawBody: Buffer,
  signatures: readonly Buffer[],
): string | null {
  if (signatures.length === 0) return null;
  const signed = Buffer.concat([Buffer.from(prefix, 'latin1'), rawBody]);
  const signer = keys.find(
    ({ key }) => key.type === 'public' && signatures.some((signature) => hasSigned(key, signed, signature)),
  );
  return signer?.id ?? null;
}

function hasSigned(key: KeyObject, signed: Buffer, signature: Buffer): boolean {
  try {
    return verify(null, signed, key, signature);
  } catch {
    // The 32 bytes may be no point of the curve, which OpenSSL finds out only now.
    return false;
  }
}

function ed25519Key(bytes: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([ED25519_SPKI, bytes]), format: 'der', type: 'spki' });
}
