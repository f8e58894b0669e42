import { createSecretKey, type KeyObject } from 'node:crypto';
import { fromBase64 } from './encodings.js';

/** 128 bits: less can be guessed. */
const MIN_KEY_BYTES = 16;
const MAX_KEY_BYTES = 512;

/** A shared key that the provider shows as base64. */
export function readBase64Secret(text: string): { key: KeyObject } | { problem: string } {
  const bytes = fromBase64(text);
  if (bytes === null) return { problem: 'must be base64' };
  if (bytes.length < MIN_KEY_BYTES || bytes.length > MAX_KEY_BYTES) {
    return { problem: `must decode to ${MIN_KEY_BYTES} to ${MAX_KEY_BYTES} bytes` };
  }
  return { key: createSecretKey(bytes) };
}
