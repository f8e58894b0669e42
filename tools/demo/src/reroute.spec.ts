import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AttemptSeen } from './journal.js';
import { percentile, reroutesOf } from './reroute.js';
import type { Story } from './stories.js';

const story: Story = {
  title: 'the primary fails',
  fromMs: 1_000,
  toMs: 2_000,
  cues: [],
  watched: [{ service: 'stripe', nodeId: 'primary' }],
};

/** A first attempt of 10 ms, unless said. */
function at(startedAtMs: number, nodeId: string, overrides: Partial<AttemptSeen> = {}): AttemptSeen {
  return {
    lane: 'signalbox',
    service: 'stripe',
    nodeId,
    attempt: 1,
    startedAtMs,
    endedAtMs: startedAtMs + 10,
    outcome: 'success',
    ...overrides,
  };
}
const failure = { outcome: 'server_error' } as const;

describe('reroutesOf', () => {
  const rerouteMs = (...attempts: AttemptSeen[]) => reroutesOf(attempts, [story]).map(({ ms }) => ms);

  it('counts from the end of the first failure to the first call elsewhere', () => {
    const attempts = [
      at(1_000, 'primary', failure),
      at(1_020, 'primary'),
      at(1_050, 'backup'),
      at(1_100, 'backup'),
      at(1_150, 'backup'),
    ];
    // 1050 − 1010
    assert.deepEqual(rerouteMs(...attempts), [40]);
  });

  it('does not take a single call elsewhere for a re-route', () => {
    const spread = [at(1_020, 'backup'), at(1_030, 'primary', failure)];
    const moved = [at(1_100, 'backup'), at(1_110, 'backup'), at(1_120, 'backup')];
    assert.deepEqual(rerouteMs(at(1_000, 'primary', failure), ...spread, ...moved), [90]);
  });

  it('does not take a fallback for a re-route', () => {
    const fallbacks = [1_020, 1_040, 1_060].map((startedAtMs) => at(startedAtMs, 'backup', { attempt: 2 }));
    assert.deepEqual(rerouteMs(at(1_000, 'primary', failure), ...fallbacks), []);
  });

  it('has nothing to say when the node never failed in the story, or the traffic stayed', () => {
    const elsewhere = [at(1_100, 'backup'), at(1_110, 'backup'), at(1_120, 'backup')];
    assert.deepEqual(rerouteMs(at(100, 'primary', failure), ...elsewhere), [], 'failed before the story');
    assert.deepEqual(rerouteMs(at(1_000, 'primary', failure), at(1_100, 'primary')), []);
  });

  it('looks at the routed lane alone', () => {
    const other = { lane: 'primaryOnly', ...failure } as const;
    assert.deepEqual(rerouteMs(at(1_000, 'primary', other), at(1_100, 'backup'), at(1_110, 'backup')), []);
  });
});

describe('percentile', () => {
  it('is the nearest rank, and null of nothing', () => {
    const values = [50, 10, 40, 20, 30];
    assert.equal(percentile(values, 50), 30);
    assert.equal(percentile(values, 99), 50);
    assert.equal(percentile([7], 50), 7);
    assert.equal(percentile([], 50), null);
  });
});
