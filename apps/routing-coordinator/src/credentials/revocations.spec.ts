import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as settled } from 'node:timers/promises';
import type { MessageBus } from '@signalbox/messaging';
import type { CredentialStore, Database } from '@signalbox/persistence';
import type { RoutingEngine } from '@signalbox/routing';
import { Revocations } from './revocations.js';

/** Reads of PostgreSQL that end when the test says so, each with what it found. */
function withSlowReads() {
  const reads: ((revoked: string[]) => void)[] = [];
  const revoked = new Set<string>();
  let connected: () => void = () => undefined;
  const revocations = new Revocations(
    {
      setRevoked: (nodeIds: ReadonlySet<string>) => {
        revoked.clear();
        for (const nodeId of nodeIds) revoked.add(nodeId);
      },
    } as unknown as RoutingEngine,
    {
      revokedNodeIds: () => new Promise<string[]>((resolve) => reads.push(resolve)),
    } as unknown as CredentialStore,
    {
      state: 'connected',
      onStateChange: (listener: (state: string) => void) => (connected = () => listener('connected')),
    } as unknown as Database,
    { bucket: () => ({ put: () => Promise.resolve(1) }) } as unknown as MessageBus,
  );
  const refresh = () => connected();
  const answer = async (...found: string[]) => {
    reads.shift()!(found);
    await settled();
  };
  return { revocations, revoked, refresh, answer };
}

describe('what is known of revoked credentials', () => {
  it('is what PostgreSQL says', async () => {
    const { revoked, refresh, answer } = withSlowReads();
    refresh();
    await answer('a', 'b');
    assert.deepEqual([...revoked], ['a', 'b']);
    refresh();
    await answer('b');
    assert.deepEqual([...revoked], ['b']);
  });

  it('is never put back by a read that began before the news', async () => {
    const { revocations, revoked, refresh, answer } = withSlowReads();
    refresh();
    await answer('renewed');
    refresh();
    await revocations.publish('stolen', true);
    await revocations.publish('renewed', false);
    await answer('renewed');
    assert.deepEqual([...revoked], ['stolen']);

    refresh();
    await answer('other');
    assert.deepEqual([...revoked], ['other'], 'a read that began later is as good as news');
  });
});
