import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WebhookSecrets } from '@signalbox/persistence';
import { SecretUse } from './secret-use.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('SecretUse', () => {
  it('has written a use when a writing is over, also one that another call had begun to write', async () => {
    const written: string[] = [];
    const ends: (() => void)[] = [];
    const noteUsed = (usedAtMs: ReadonlyMap<string, number>) =>
      new Promise<void>((resolve) =>
        ends.push(() => {
          written.push(...usedAtMs.keys());
          resolve();
        }),
      );
    const use = new SecretUse({ noteUsed } as unknown as WebhookSecrets);
    use.note('a', 1);
    const first = use.write();
    await turn();
    let seen: string[] | undefined;
    const second = use.write().then(() => (seen = [...written]));
    await turn();
    assert.equal(seen, undefined);
    ends[0]?.();
    await Promise.all([first, second]);
    assert.deepEqual(seen, ['a']);
  });
});
