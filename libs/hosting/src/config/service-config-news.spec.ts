import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VersionedService } from '@signalbox/contracts';
import type { MessageBus } from '@signalbox/messaging';
import { aService } from '@signalbox/testkit';
import { ServiceConfigNews } from './service-config-news.js';

const versionOf = (version: number): VersionedService => ({
  version,
  updatedAt: '2026-01-15T12:00:00.000Z',
  updatedBy: 'alice',
  service: aService({ serviceName: 'stripe' }),
});

/** A bucket in which somebody else writes these versions, one between each look of ours and what we write then. */
function bucketWith(held: VersionedService | null, ...others: VersionedService[]) {
  const state = { held, revision: 1 };
  const write = (value: VersionedService, expected: number) => {
    const other = others.shift();
    if (other !== undefined) {
      state.held = other;
      state.revision += 1;
    }
    if (state.revision !== expected) return Promise.resolve({ won: false });
    state.held = value;
    return Promise.resolve({ won: true, revision: ++state.revision });
  };
  const bucket = {
    get: () => Promise.resolve(state.held === null ? null : { value: state.held, revision: state.revision }),
    create: (_key: string, value: VersionedService) => write(value, 1),
    update: (_key: string, value: VersionedService, revision: number) => write(value, revision),
  };
  const news = new ServiceConfigNews({ bucket: () => bucket } as unknown as MessageBus);
  return { news, version: () => state.held?.version };
}

describe('the bucket of service configurations', () => {
  it('ends with the newest version also when an older one is written at the same moment', async () => {
    const { news, version } = bucketWith(versionOf(1), versionOf(2));
    assert.equal(await news.share(versionOf(3)), true);
    assert.equal(version(), 3);
  });

  it('ends with it also when nothing was there', async () => {
    const { news, version } = bucketWith(null, versionOf(1));
    assert.equal(await news.share(versionOf(2)), true);
    assert.equal(version(), 2);
  });

  it('keeps a newer version that was written at the same moment', async () => {
    const { news, version } = bucketWith(versionOf(1), versionOf(3));
    assert.equal(await news.share(versionOf(2)), true);
    assert.equal(version(), 3);
  });
});
