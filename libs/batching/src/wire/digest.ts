import { createHash } from 'node:crypto';

/** SHA-256 of the text in UTF-8, hexadecimal. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** A short name for a long key: 128 bits, so that two keys will not meet. */
export function shortDigest(text: string): string {
  return sha256(text).slice(0, 32);
}
