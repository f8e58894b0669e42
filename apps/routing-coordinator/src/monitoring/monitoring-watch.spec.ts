import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MessageBus } from '@signalbox/messaging';
import type { RoutingEngine } from '@signalbox/routing';
import { ManualClock } from '@signalbox/testkit';
import type { LiveCatalog } from '../catalog/live-catalog.js';
import type { CoordinatorSettings } from '../config.js';
import type { EngineEvents } from '../engine/engine-events.js';
import { MonitoringWatch } from './monitoring-watch.js';
import { SickNodes } from './sick-nodes.js';

describe('MonitoringWatch', () => {
  it('ends also when NATS does not answer any more: what is shut down after it has its turn', async () => {
    let asked = 0;
    const get = () => {
      asked += 1;
      return Promise.reject(new Error('the bucket leases did not answer'));
    };
    const watch = new MonitoringWatch(
      {} as RoutingEngine,
      { onObserved: () => undefined } as unknown as EngineEvents,
      {} as LiveCatalog,
      new SickNodes(),
      { state: 'connected', bucket: () => ({ get }) } as unknown as MessageBus,
      new ManualClock(),
      { replicaId: 'a' } as CoordinatorSettings,
    );
    watch.onApplicationBootstrap();
    await watch.beforeApplicationShutdown();
    assert.equal(asked, 2, 'for the lease at the start, and to give it back');
  });
});
