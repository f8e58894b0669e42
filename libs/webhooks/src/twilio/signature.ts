import { Buffer } from 'node:buffer';
import { createHash, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { soleHeader } from '../verification/delivery.js';
import { fromBase64, fromHex } from '../verification/encodings.js';
import { macSigner } from '../verification/macs.js';
import type { Scheme } from '../verification/scheme.js';
import { refused, verified, type Refused } from '../verification/verdict.js';
import { readForm, type Form } from './form.js';

const AUTH_TOKEN = /^[0-9a-f]{32}$/;
const SHA1_BYTES = 20;

/**
 * `X-Twilio-Signature`: base64 HMAC-SHA1 of the public URL and, for a form, each field's name and value run
 * together, sorted by name, repeated values once and sorted. Other bodies are not in the signed text: their
 * SHA-256 is, as `bodySHA256` in the query, and is compared with the body's.
 *
 * The form must be taken apart before it is known who sent it: the scheme leaves no other way. That is all
 * that happens to it before. No time is signed, so that a captured request verifies for ever; the event's id
 * makes it one event. https://www.twilio.com/docs/usage/security#validating-requests
 */
export const twilioScheme: Scheme<KeyObject> = {
  readSecret(value) {
    return AUTH_TOKEN.test(value)
      ? { key: createSecretKey(Buffer.from(value, 'latin1')) }
      : { problem: 'must be an auth token: 32 characters 0-9, a-f' };
  },

  verify({ headers, rawBody, publicUrl, query }, keys) {
    const header = soleHeader(headers, 'x-twilio-signature', 'missing_signature', 'malformed_signature');
    if (typeof header !== 'string') return header;
    const signature = fromBase64(header);
    if (signature?.length !== SHA1_BYTES) return refused('malformed_signature');
    if (publicUrl === null) return refused('no_public_url');
    const digest = bodyDigestIn(query);
    if (digest !== null && 'kind' in digest) return digest;
    const fields = digest === null ? signedFields(readForm(rawBody)) : '';
    if (typeof fields !== 'string') return fields;
    const url = digest === null ? publicUrl : withBodyDigest(publicUrl, digest.hex);
    for (const variant of withAndWithoutPort(url)) {
      const signer = macSigner('sha1', keys, [variant + fields], [signature]);
      if (signer === null) continue;
      if (digest !== null && !isDigestOf(rawBody, digest.bytes)) return refused('body_digest_mismatch');
      return verified(signer, null);
    }
    return refused('signature_mismatch');
  },
};

interface BodyDigest {
  readonly hex: string;
  readonly bytes: Buffer;
}

/** The `bodySHA256` of a query; null where it has none. */
function bodyDigestIn(query: string): BodyDigest | Refused | null {
  const [hex, ...others] = query
    .split('&')
    .filter((pair) => pair.startsWith('bodySHA256='))
    .map((pair) => pair.slice('bodySHA256='.length));
  if (hex === undefined) return null;
  const bytes = others.length === 0 ? fromHex(hex, 32) : null;
  return bytes === null ? refused('malformed_body_digest') : { hex, bytes };
}

function isDigestOf(rawBody: Buffer, digest: Buffer): boolean {
  return timingSafeEqual(createHash('sha256').update(rawBody).digest(), digest);
}

function withBodyDigest(url: string, hex: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}bodySHA256=${hex}`;
}

/** Names and values in the order in which Twilio signs them: by UTF-16 code units, as its own library sorts. */
function signedFields(form: Form | 'not_utf8' | 'malformed_body'): string | Refused {
  if (typeof form === 'string') return refused(form);
  let text = '';
  for (const name of [...form.keys()].sort()) {
    const value = form.get(name);
    if (typeof value === 'string') text += name + value;
    else for (const each of [...new Set(value)].sort()) text += name + each;
  }
  return text;
}

const URL_PARTS = /^(https?):\/\/([^/?#]*@)?(\[[^\]]*\]|[^/?#:@]*)(:\d+)?(.*)$/is;

/**
 * Twilio signs some requests with the port and some without, whatever the URL says. Taken apart as text: parsing
 * it as a URL would change escapes that are signed as they stand.
 */
function withAndWithoutPort(url: string): string[] {
  const parts = URL_PARTS.exec(url);
  if (parts === null) return [url];
  const [, scheme = '', user = '', host = '', port, rest = ''] = parts;
  const standard = scheme.toLowerCase() === 'https' ? ':443' : ':80';
  return [`${scheme}://${user}${host}${rest}`, `${scheme}://${user}${host}${port ?? standard}${rest}`];
}
