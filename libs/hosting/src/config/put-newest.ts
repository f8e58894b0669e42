import type { KeyValueBucket } from '@signalbox/messaging';

/** Each one lost is another version that was written at the same moment. */
const ATTEMPTS = 20;

/**
 * Resolves when the bucket has this version under the key, or a newer one.
 * @throws when NATS is away, or other versions come first again and again
 */
export async function putNewest<V extends { version: number }>(
  bucket: KeyValueBucket<V>,
  key: string,
  config: V,
): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const current = await bucket.get(key);
    if (current !== null && current.value.version >= config.version) return;
    const written =
      current === null
        ? await bucket.create(key, config)
        : await bucket.update(key, config, current.revision);
    // Lost to another version, which may be an older one.
    if (written.won) return;
  }
  throw new Error(`${ATTEMPTS} other versions came first`);
}
