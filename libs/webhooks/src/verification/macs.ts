import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { Buffer } from 'node:buffer';
import type { ReadyKey } from './scheme.js';

/** Signatures tried in one delivery: rotation needs two or three, and each costs time before we know the sender. */
export const MAX_SIGNATURES = 16;

export type MacAlgorithm = 'sha1' | 'sha256';

/**
 * The id of the secret with which one of the candidates was made; null when there is none. Every candidate has
 * the length of the algorithm's digest. The parts are signed one after the other, without being copied together.
 */
export function macSigner(
  algorithm: MacAlgorithm,
  keys: readonly ReadyKey<KeyObject>[],
  parts: readonly (string | Buffer)[],
  candidates: readonly Buffer[],
): string | null {
  for (const { id, key } of keys) {
    const mac = createHmac(algorithm, key);
    for (const part of parts) mac.update(part);
    const digest = mac.digest();
    for (const candidate of candidates) if (timingSafeEqual(digest, candidate)) return id;
  }
  return null;
}
