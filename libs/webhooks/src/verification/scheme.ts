import type { Delivery, Secret } from './delivery.js';
import { refused, type Verdict } from './verdict.js';

/** A secret made ready, so that no delivery pays for decoding it. */
export interface ReadyKey<Key> {
  readonly id: string;
  readonly key: Key;
}

/** How one provider signs. */
export interface Scheme<Key> {
  /** The key that a secret holds, or what is wrong with the secret: said without showing any of it. */
  readSecret(value: string): { readonly key: Key } | { readonly problem: string };
  /** Judges the raw bytes in constant time. Never throws. `keys` is not empty. */
  verify(delivery: Delivery, keys: readonly ReadyKey<Key>[], nowMs: number): Verdict;
}

/** Judges deliveries to one source at receipt; `nowMs` is epoch milliseconds. Never throws. */
export type Verifier = (delivery: Delivery, nowMs: number) => Verdict;

/** Secrets that the scheme cannot use are left out: `checkSecret` keeps them from being stored in the first place. */
export function verifierFor<Key>(scheme: Scheme<Key>, secrets: readonly Secret[]): Verifier {
  const keys: ReadyKey<Key>[] = [];
  for (const { id, value } of secrets) {
    const read = scheme.readSecret(value);
    if ('key' in read) keys.push({ id, key: read.key });
  }
  if (keys.length === 0) return () => refused('no_secret');
  return (delivery, nowMs) => scheme.verify(delivery, keys, nowMs);
}
