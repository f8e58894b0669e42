import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OUTCOME_KINDS, isBilled } from '@signalbox/contracts';
import { seededRandom } from '@signalbox/statistics';
import { AnalyticsStore } from '../analytics/analytics-store.js';
import { HistoryStore } from '../history/history-store.js';
import { aDecision, anOutcomeOf, NOON_MS } from '../testing/events.js';
import { withDatabase } from '../testing/with-database.js';
import { CostTallies, OTHER_OPERATIONS, type CostTally } from './cost-tallies.js';
import { MinuteSeries } from './minute-series.js';
import { RecordedTraffic } from './recorded-traffic.js';
import { RefusalTallies } from './refusal-tallies.js';

const HOUR_MS = 3_600_000;

describe('recorded money', () => {
  const test = withDatabase();
  const history = () => new HistoryStore(test.database, test.partitions, test.clock);
  const traffic = () => new RecordedTraffic(test.database);
  const costs = () => new CostTallies(test.database);

  async function write(
    calls: readonly { made: ReturnType<typeof aDecision>; over?: object }[],
  ): Promise<void> {
    await history().writeDecisions(calls.map(({ made }) => made));
    await history().writeOutcomes(calls.map(({ made, over }) => anOutcomeOf(made, over)));
  }

  it('bills what the contract says is billed, and nothing else', async () => {
    const ends = OUTCOME_KINDS.flatMap((outcome) =>
      [undefined, 404].map((statusCode) => ({ outcome, statusCode })),
    );
    const calls = ends.map((over, n) => ({
      made: aDecision({ serviceName: 'twilio', atMs: NOON_MS - 5_000 + n, cost: 0.01 }),
      over: over.statusCode === undefined ? { outcome: over.outcome } : over,
    }));
    await write(calls);
    const found = await traffic().calls(
      'twilio',
      { fromMs: NOON_MS - HOUR_MS, toMs: NOON_MS + HOUR_MS },
      100,
    );
    assert.equal(found.length, calls.length);
    for (const { outcome, statusCode, costMicroUsd } of found) {
      const expected = isBilled(outcome, statusCode) ? 10_000 : 0;
      assert.equal(costMicroUsd, expected, `${outcome} with ${statusCode}`);
    }
  });

  it('reads the last calls of a range page by page, each once and in order, and nothing from outside', async () => {
    const from = NOON_MS - 3 * HOUR_MS;
    const calls = Array.from({ length: 1_300 }, (_, n) => ({
      made: aDecision({ serviceName: 'maps', atMs: from + n * 1_000, cost: 0.005 }),
    }));
    await write(calls);
    const range = { fromMs: from, toMs: from + 1_250_000 };
    const all = await traffic().calls('maps', range, 5_000);
    assert.equal(all.length, 1_250);
    assert.equal(new Set(all.map(({ coordinationId }) => coordinationId)).size, 1_250);
    assert.deepEqual(
      all.map(({ decidedAtMs }) => decidedAtMs),
      Array.from({ length: 1_250 }, (_, n) => from + n * 1_000),
    );
    const last = await traffic().calls('maps', range, 700);
    assert.deepEqual(last, all.slice(-700), 'the latest, when there are more than asked for');
  });

  it('tells of the first half of a record the same, whatever the second half was', async () => {
    const from = NOON_MS - 5 * HOUR_MS;
    const half = { fromMs: from, toMs: from + 100_000 };
    const early = Array.from({ length: 100 }, (_, n) => ({
      made: aDecision({ serviceName: 'airtable', atMs: from + n * 1_000 }),
    }));
    await write(early.slice(0, 99));
    // Decided in the first half, reported in the second: not known at its end.
    await write([{ made: early[99]!.made, over: { occurredAt: new Date(half.toMs + 5_000).toISOString() } }]);
    const before = await traffic().calls('airtable', half, 1_000);
    assert.equal(before.length, 99);
    const late = Array.from({ length: 100 }, (_, n) => ({
      made: aDecision({ serviceName: 'airtable', atMs: half.toMs + n * 1_000 }),
      over: { outcome: 'timeout' as const },
    }));
    await write(late);
    assert.deepEqual(await traffic().calls('airtable', half, 1_000), before);
  });

  it('counts exactly what the caller said, and the units that it was', async () => {
    const made = aDecision({
      serviceName: 'samsara',
      atMs: NOON_MS - 60_000,
      cost: 0.05,
      baselineCost: 0.04,
    });
    await write([{ made, over: { actualCost: 0.15 } }]);
    const range = { fromMs: NOON_MS - 120_000, toMs: NOON_MS };
    const [call] = await traffic().calls('samsara', range, 10);
    assert.deepEqual([call?.costMicroUsd, call?.units], [150_000, 3]);
    const [tally] = await costs().between(range, 'samsara');
    // Three units: 3 × 0.05 paid, 3 × 0.04 at the primary.
    assert.deepEqual([tally?.costMicroUsd, tally?.baselineMicroUsd], [150_000, 120_000]);
  });

  it('answers the same from hours counted beforehand, and counts an hour anew when a call comes late', async () => {
    const rng = seededRandom(3);
    const from = NOON_MS - 48 * HOUR_MS - 1_234_000;
    const to = NOON_MS - 24 * HOUR_MS;
    const calls = Array.from({ length: 400 }, () => ({
      made: aDecision({
        serviceName: 'stripe',
        atMs: from + Math.floor(rng() * (to - from)),
        operation: `operation-${Math.floor(rng() * 3)}`,
        cost: 0.03,
        baselineCost: 0.02,
      }),
      over: { outcome: OUTCOME_KINDS[Math.floor(rng() * OUTCOME_KINDS.length)]! },
    }));
    await write(calls);
    const sums = async () => summed(await costs().between({ fromMs: from, toMs: to }, 'stripe'));
    const raw = await sums();
    assert.equal(raw.calls, 400);
    await new AnalyticsStore(test.database).tallyPastHours(test.clock.nowMs());
    assert.ok((await costs().countPast()) >= 23);
    assert.equal(await costs().countPast(), 0, 'each hour once');
    assert.deepEqual(await sums(), raw);
    await write([
      {
        made: aDecision({ serviceName: 'stripe', atMs: from + 10 * HOUR_MS, cost: 0.03, baselineCost: 0.02 }),
      },
    ]);
    const withLate = await sums();
    assert.deepEqual(
      [
        withLate.calls - raw.calls,
        withLate.costMicroUsd - raw.costMicroUsd,
        withLate.baselineMicroUsd - raw.baselineMicroUsd,
      ],
      [1, 30_000, 20_000],
    );
  });

  it('names the fifty dearest operations of an hour and keeps the rest as one', async () => {
    const from = NOON_MS - 100 * HOUR_MS;
    const calls = Array.from({ length: 60 }, (_, n) => ({
      made: aDecision({
        serviceName: 'sendgrid',
        atMs: from + n * 1_000,
        operation: `op-${n}`,
        cost: (n + 1) / 1_000,
      }),
    }));
    await write(calls);
    const tallies = await costs().between({ fromMs: from, toMs: from + HOUR_MS }, 'sendgrid');
    assert.equal(tallies.length, 51);
    const others = tallies.find(({ operation }) => operation === OTHER_OPERATIONS);
    // The ten cheapest: 1 + 2 + … + 10 thousandths of a dollar.
    assert.deepEqual([others?.calls, others?.costMicroUsd], [10, 55_000]);
  });

  it('gives each minute its cost, latency and failures', async () => {
    const minute = NOON_MS - 200 * HOUR_MS;
    const at = (n: number) => aDecision({ serviceName: 'maps', atMs: minute + n * 1_000, cost: 0.01 });
    await write([
      { made: at(1), over: { latencyMs: 100 } },
      { made: at(2), over: { latencyMs: 300, outcome: 'timeout' } },
      { made: at(3), over: { latencyMs: 9, outcome: 'connection_error' } },
      { made: at(4), over: { latencyMs: 7, outcome: 'client_error', statusCode: 404 } },
    ]);
    const series = await new MinuteSeries(test.database).between({ fromMs: minute, toMs: minute + 120_000 });
    assert.deepEqual(series, [
      // Billed: the success and the timeout. Timed: the same two. Settled: all but the caller's own error.
      {
        minuteStartMs: minute,
        serviceName: 'maps',
        costMicroUsd: 20_000,
        latencyMsMean: 200,
        settled: 3,
        failed: 2,
      },
    ]);
  });

  it('adds refusals up by hour', async () => {
    const refusals = new RefusalTallies(test.database);
    const hourStartMs = NOON_MS;
    const tally = { hourStartMs, serviceName: 'maps' as const, calls: 2, estimateMicroUsd: 30_000 };
    await refusals.add([tally, tally]);
    await refusals.add([{ ...tally, calls: -1, estimateMicroUsd: -15_000 }]);
    const found = await refusals.between({ fromMs: hourStartMs, toMs: hourStartMs + HOUR_MS });
    assert.deepEqual(found, [{ serviceName: 'maps', calls: 3, estimateMicroUsd: 45_000 }]);
    assert.deepEqual(
      await refusals.between({ fromMs: hourStartMs + HOUR_MS, toMs: hourStartMs + 2 * HOUR_MS }),
      [],
    );
  });
});

function summed(
  tallies: readonly CostTally[],
): Pick<CostTally, 'calls' | 'settled' | 'succeeded' | 'costMicroUsd' | 'baselineMicroUsd'> {
  const sum = { calls: 0, settled: 0, succeeded: 0, costMicroUsd: 0, baselineMicroUsd: 0 };
  for (const tally of tallies)
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += tally[name];
  return sum;
}
