import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultCatalog } from '@signalbox/catalog';
import type { RoutingEngine } from '@signalbox/routing';
import { LiveCatalog } from './live-catalog.js';

describe('LiveCatalog', () => {
  it('is loaded with the last of the services, however they come: before, a call of one would be refused', () => {
    const live = new LiveCatalog({ configure: () => undefined } as unknown as RoutingEngine);
    const loaded = defaultCatalog.map((service) => {
      live.apply({ version: 1, updatedAt: '2026-01-15T12:00:00.000Z', updatedBy: 'alice', service });
      return live.isLoaded;
    });
    assert.deepEqual(loaded, [false, false, false, false, false, true]);
  });
});
