import { Buffer } from 'node:buffer';

/**
 * Text to bytes, one text for each value: upper case hex, missing padding or spare bits are refused. Lenient
 * decoders would let a changed signature pass for the same.
 */

const HEX = /^(?:[0-9a-f]{2})+$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Lower case hex of exactly `length` bytes; null for anything else. */
export function fromHex(text: string, length: number): Buffer | null {
  return text.length === 2 * length && HEX.test(text) ? Buffer.from(text, 'hex') : null;
}

/** Padded, canonical base64 (RFC 4648, section 4); null for anything else, the empty text included. */
export function fromBase64(text: string): Buffer | null {
  if (text === '' || !BASE64.test(text)) return null;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}
