import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STRATEGY_NAMES } from '@signalbox/contracts';
import { seededRandom } from '@signalbox/statistics';
import { compareSettings, replayBefore, type Comparison } from './compare-settings.js';
import type { RecordedCall } from './recorded-call.js';
import { RecordedWorld } from './recorded-world.js';
import { replay } from './replay.js';
import { START_MS, aCallOnRecord, finished, inTurnTrace, twoNodes } from '../testing/recorded-trace.js';

function compared(
  calls: readonly RecordedCall[],
  changes: Partial<typeof twoNodes>,
  config = twoNodes,
): Comparison {
  const before = finished(replayBefore(calls, config, 7));
  const comparison = finished(compareSettings(before, { ...config, ...changes }));
  assert.ok(comparison !== null);
  return comparison;
}

/** Calls that end by chance, on nodes by chance. */
function chanceTrace(seed: number, count = 400): RecordedCall[] {
  const rng = seededRandom(seed);
  let atMs = START_MS;
  return Array.from({ length: count }, (_, index) => {
    atMs += Math.floor(rng() * 3_000);
    const nodeId = rng() < 0.5 ? 'node_a' : 'node_b';
    const outcome = rng() < 0.1 ? 'timeout' : rng() < 0.05 ? 'client_error' : 'success';
    const costMicroUsd = outcome === 'client_error' ? 0 : nodeId === 'node_a' ? 10_000 : 8_000;
    const statusCode = outcome === 'success' ? 200 : outcome === 'timeout' ? null : 400;
    return aCallOnRecord(index, {
      ...{ decidedAtMs: atMs, nodeId, outcome, statusCode, costMicroUsd, latencyMs: 50 + 200 * rng() },
    });
  });
}

describe('replay', () => {
  it('saves exactly nothing when nothing is changed, under every strategy', () => {
    for (const [index, strategy] of STRATEGY_NAMES.entries()) {
      const config = { ...twoNodes, strategy };
      const { saving, successChange, addedLatencyMs, probabilityOfSaving } = compared(
        chanceTrace(index),
        {},
        config,
      );
      assert.deepEqual(saving, {
        point: 0,
        interval80: { lower: 0, upper: 0 },
        interval95: { lower: 0, upper: 0 },
      });
      assert.equal(successChange?.point, 0, strategy);
      assert.equal(addedLatencyMs, 0, strategy);
      assert.equal(probabilityOfSaving, 0, strategy);
    }
  });

  it('counts what a cheaper node would have saved, by hand', () => {
    // 200 calls in turn, the first 20 only teach. Of the other 180, 90 go to the cheaper node instead: each saves
    // 10,000 − 8,000 = 2,000 micro-dollars, of 90 × 10,000 + 90 × 8,000 = 1,620,000 in all.
    const { calls, beforeMicroUsd, recordedMicroUsd, saving, savingRatio, nodeShares, successChange } =
      compared(inTurnTrace(200), { strategy: 'COST_OPTIMIZED' });
    assert.equal(calls, 180);
    assert.equal(recordedMicroUsd, 1_620_000);
    assert.equal(beforeMicroUsd, 1_620_000);
    assert.equal(saving.point, 180_000);
    assert.ok(Math.abs(savingRatio!.point - 180 / 1_620) < 1e-9);
    assert.ok(Math.abs(nodeShares['node_a']!.before - 0.5) < 1e-9);
    assert.ok(Math.abs(nodeShares['node_b']!.after - 1) < 1e-9);
    assert.equal(successChange?.point, 0);
    assert.ok(
      saving.interval95.lower > 150_000 && saving.interval95.upper < 210_000,
      'every minute is alike',
    );
  });

  it('does not believe that a node which failed then would have served then', () => {
    // Node b is down for 100 s in the middle; when all calls go there, those of that time fail.
    const downFrom = START_MS + 150_000;
    const downTo = START_MS + 250_000;
    const calls = inTurnTrace(400, (nodeId, atMs) =>
      nodeId === 'node_b' && atMs >= downFrom && atMs < downTo ? 'server_error' : 'success',
    );
    const world = new RecordedWorld(calls, 3);
    const nodeB = { nodeId: 'node_b', priorSuccess: 1, priorLatencyMs: 100 } as never;
    const ends = calls.map((call, index) => ({ call, fate: world.fateOf(index, nodeB) }));
    const during = ends.filter(
      ({ call }) => call.decidedAtMs >= downFrom + 10_000 && call.decidedAtMs < downTo - 10_000,
    );
    const outside = ends.filter(
      ({ call }) => call.decidedAtMs < downFrom - 10_000 || call.decidedAtMs >= downTo + 10_000,
    );
    const failed = (some: typeof ends) =>
      some.filter(({ fate }) => fate.outcome !== 'success').length / some.length;
    assert.ok(failed(during) > 0.9, `${failed(during)} of the calls in the outage fail`);
    assert.equal(failed(outside), 0);
    const { successChange } = compared(calls, { strategy: 'COST_OPTIMIZED' });
    assert.ok(successChange!.point <= 0.02, 'an outage of the node it moves to is no gain');
  });

  it('knows of an outcome no sooner than its call comes back', () => {
    // Every call of node b hangs for an hour: whatever becomes of them can change no decision of the trace.
    const trace = (end: 'success' | 'timeout') =>
      inTurnTrace(300).map((call) =>
        call.nodeId === 'node_b' ? { ...call, outcome: end, latencyMs: 3_600_000 } : call,
      );
    const nodesOf = (end: 'success' | 'timeout') => {
      const calls = trace(end);
      const config = { ...twoNodes, thresholds: { ...twoNodes.thresholds, inFlightLeaseMs: 3_600_000 } };
      const run = replay({ calls, config, world: new RecordedWorld(calls, 1), seed: 1 });
      return finished(run).map(({ nodeId }) => nodeId);
    };
    assert.deepEqual(nodesOf('timeout'), nodesOf('success'));
  });

  it('takes a caller’s mistake for one on every node', () => {
    const calls = [aCallOnRecord(0, { outcome: 'client_error', statusCode: 404, costMicroUsd: 0 })];
    const fate = new RecordedWorld(calls, 1).fateOf(0, { nodeId: 'node_b' } as never);
    assert.deepEqual([fate.outcome, fate.statusCode], ['client_error', 404]);
  });

  it('says that a node without a recorded outcome is known by the catalog only', () => {
    const calls = inTurnTrace(300).map((call) => ({ ...call, nodeId: 'node_a', costMicroUsd: 10_000 }));
    const { evidence } = compared(calls, { strategy: 'COST_OPTIMIZED' });
    assert.equal(evidence.prior, 1);
    assert.equal(evidence.recorded + evidence.near + evidence.far, 0);
  });

  it('differs more between worlds where a node has few outcomes than where it has many', () => {
    // Node b carries one call in two, or one in 25; a fifth of its calls fail. 40 worlds each.
    const failuresOf = (every: number): number[] => {
      const calls = Array.from({ length: 500 }, (_, index) => {
        const nodeId = index % every === 0 ? 'node_b' : 'node_a';
        const fails = nodeId === 'node_b' && (index / every) % 5 === 0;
        return aCallOnRecord(index, { nodeId, outcome: fails ? 'timeout' : 'success' });
      });
      const nodeB = { nodeId: 'node_b', priorSuccess: 1, priorLatencyMs: 100 } as never;
      return Array.from({ length: 40 }, (_, seed) => {
        const world = new RecordedWorld(calls, seed);
        return calls.filter((_, index) => world.fateOf(index, nodeB).outcome === 'timeout').length;
      });
    };
    const spread = (values: number[]) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    };
    const [few, many] = [spread(failuresOf(25)), spread(failuresOf(2))];
    assert.ok(few > 1.5 * many, `${few} against ${many}`);
  });

  it('gives the same figures for the same record', () => {
    const figures = () => compared(chanceTrace(5), { strategy: 'HYBRID_OPTIMIZATION' });
    assert.deepEqual(figures(), figures());
  });

  it('lets others have their turn every 200 calls', () => {
    const calls = inTurnTrace(1_000);
    const run = replay({ calls, config: twoNodes, world: new RecordedWorld(calls, 1), seed: 1 });
    let slices = 0;
    while (run.next().done !== true) slices++;
    assert.equal(slices, 5);
  });

  it('has nothing to say of nothing', () => {
    const before = finished(replayBefore([], twoNodes, 1));
    assert.equal(finished(compareSettings(before, twoNodes)), null);
  });
});
