import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultCatalog } from '@signalbox/catalog';
import type { AttemptSeen, CallSeen } from './journal.js';
import { summarize } from './summary.js';
import { tableOf } from './table.js';

const maps = defaultCatalog.filter(({ serviceName }) => serviceName === 'maps');

function call(lane: CallSeen['lane'], end: CallSeen['end']): CallSeen {
  return { lane, service: 'maps', endedAtMs: 10, end };
}
function attempt(lane: CallSeen['lane'], nodeId: string, outcome: AttemptSeen['outcome']): AttemptSeen {
  return { lane, service: 'maps', nodeId, attempt: 1, startedAtMs: 0, endedAtMs: 10, outcome };
}

describe('summarize', () => {
  it('counts calls by lane and bills the listed price of the attempts that succeeded', () => {
    const journal = {
      calls: [
        call('signalbox', 'success'),
        call('signalbox', 'success'),
        call('signalbox', 'refused'),
        call('primaryOnly', 'success'),
        call('primaryOnly', 'failure'),
        call('primaryOnly', 'failure'),
      ],
      attempts: [
        attempt('signalbox', 'maps_mapbox', 'success'),
        attempt('signalbox', 'maps_mapbox', 'rate_limited'),
        attempt('signalbox', 'maps_google', 'success'),
        attempt('signalbox', 'maps_here', 'success'),
        attempt('primaryOnly', 'maps_mapbox', 'success'),
        attempt('primaryOnly', 'maps_mapbox', 'rate_limited'),
      ],
      circuits: [
        { service: 'maps' as const, nodeId: 'maps_mapbox', atMs: 5, to: 'open' as const },
        { service: 'maps' as const, nodeId: 'maps_mapbox', atMs: 9, to: 'closed' as const },
      ],
    };
    assert.deepEqual(summarize(journal, maps, []), {
      calls: 3,
      successRate: 0.66667,
      // a third; 5 decimals
      primaryOnly: { successRate: 0.33333, costUsd: 0.005 },
      rerouteMs: { p50: null, p99: null },
      // 0.005 + 0.008 + 0.006
      costUsd: 0.019,
      services: {
        maps: {
          calls: 3,
          successRate: 0.66667,
          primaryOnlySuccessRate: 0.33333,
          rerouteMs: null,
          costUsd: 0.019,
          primaryOnlyCostUsd: 0.005,
          circuitsOpened: 1,
          refused: 1,
        },
      },
    });
  });

  it('invents nothing where nothing happened', () => {
    const nothing = summarize({ calls: [], attempts: [], circuits: [] }, maps, []);
    assert.equal(nothing.successRate, null);
    assert.equal(nothing.services['maps']?.successRate, null);
    assert.match(tableOf(nothing), /^maps\s+0\s+–\s+–\s+–\s+\$0\.00\s+\$0\.00\s+0\s+0$/m);
  });
});
