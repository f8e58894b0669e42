import 'reflect-metadata';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type CostAnalysis, type CostSavings } from '@signalbox/contracts';
import { startHosted, tokenOf, type Hosted } from '@signalbox/hosting/testing';
import { eventually, withServers } from '@signalbox/testkit';
import { costOptimizer } from '../src/index.js';
import { aCall, untilAnswered } from './support/outside.js';
import { PastTraffic, type PastCall } from './support/record.js';

const SAVINGS = '/external-services/analytics/cost-savings';
const ANALYSIS = '/stream-b-coordination/cost/analysis';
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** What the detectors and forecasts read is there before the app is: as after months of traffic. */
describe('where the money goes', () => {
  let past: PastTraffic | undefined;
  let app: Hosted | undefined;
  after(async () => {
    await app?.stop();
    await past?.close();
  });
  const servers = withServers();
  const start = () =>
    startHosted([costOptimizer], 'a', {
      NATS_URL: servers.natsUrl,
      REDIS_URL: servers.redisUrl,
      DATABASE_URL: servers.databaseUrl,
    });
  before(async () => {
    past = await PastTraffic.open(servers.databaseUrl);
    await past.seedCatalog();
    await past.write([...stripeCalls(), ...samsaraCalls(), ...sendgridOutage()]);
    await seedBatches(past);
    await seedLedger(past);
    app = await start();
  });
  const api = () => app!;

  /** The start of a minute: what is written for a minute falls into that minute of the series whole. */
  const nowMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const at = (minutesAgo: number, n = 0) => nowMs - minutesAgo * MINUTE_MS + n * 100;

  /** 3 at $0.029 on the primary; on the secondary 2 successes and a timeout at $0.032, and a 500 that is not billed. */
  function stripeCalls(): PastCall[] {
    const [serviceName, other] = ['stripe' as const, 'stripe_secondary_us_west'];
    return [
      ...[0, 1, 2].map((n) => ({
        serviceName,
        nodeId: 'stripe_primary_us_east',
        atMs: at(30, n),
        operation: 'pay',
      })),
      ...[3, 4].map((n) => ({ serviceName, nodeId: other, atMs: at(30, n), operation: 'pay' })),
      { serviceName, nodeId: other, atMs: at(30, 5), outcome: 'timeout', operation: 'refund' },
      { serviceName, nodeId: other, atMs: at(30, 6), outcome: 'server_error', operation: 'refund' },
    ];
  }

  function samsaraCalls(): PastCall[] {
    return [0, 1, 2].map((n) => ({ serviceName: 'samsara', nodeId: 'samsara_primary', atMs: at(30, n) }));
  }

  /** Ten calls a minute for three hours, all well until the last twelve minutes, in which nine in ten fail. */
  function sendgridOutage(): PastCall[] {
    return Array.from({ length: 180 * 10 }, (_, n): PastCall => {
      const minutesAgo = 182 - Math.floor(n / 10);
      const fails = minutesAgo <= 12 ? n % 10 !== 0 : n % 97 === 0;
      return {
        ...{ serviceName: 'sendgrid', nodeId: 'sendgrid_global', atMs: at(minutesAgo, n % 10) },
        ...{ outcome: fails ? 'server_error' : 'success', latencyMs: 150 + (n % 7) },
      };
    });
  }

  /** Ten requests of which two were answered with another's answer, sent as three calls of a unit each. */
  async function seedBatches(record: PastTraffic): Promise<void> {
    await record.query(
      `INSERT INTO batch_tallies (hour, service_name, requests, succeeded, duplicates, calls, billable_units, alone_units)
       VALUES (date_trunc('hour', now(), 'UTC'), 'samsara', 10, 10, 2, 3, 3, 10)`,
    );
  }

  /** Three weeks of hours of maps: more by day than by night. */
  async function seedLedger(record: PastTraffic): Promise<void> {
    const thisHour = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
    const hours = Array.from({ length: 21 * 24 }, (_, n) => thisHour - (n + 30) * HOUR_MS);
    const calls = hours.map((hour) => 100 + Math.round(60 * Math.sin((2 * Math.PI * hour) / (24 * HOUR_MS))));
    const iso = hours.map((hour) => new Date(hour).toISOString());
    await record.query('INSERT INTO ledger_closed_hours (hour) SELECT unnest($1::timestamptz[])', [iso]);
    await record.query(
      `INSERT INTO ledger_hours (hour, service_name, day_key, month_key, spent_micro_usd, calls)
       SELECT hour, 'maps', to_char(hour, 'YYYY-MM-DD'), to_char(hour, 'YYYY-MM'), calls * 5000, calls
       FROM unnest($1::timestamptz[], $2::bigint[]) AS said(hour, calls)`,
      [iso, calls],
    );
  }

  it('counts savings by cause as worked out by hand, and null where nothing was measured', async () => {
    const { data } = await api().get<CostSavings>(`${SAVINGS}?serviceName=stripe`, { as: 'user' });
    // Paid: 3 × 0.029 + 3 × 0.032 = 0.183; at the primary's price 6 × 0.029 = 0.174; the 500 is free on both.
    assert.deepEqual(data.services.stripe, {
      baselineUsd: 0.174,
      costUsd: 0.183,
      byCause: { routing: -0.009, batching: null, deduplication: null, limiting: null },
      savedUsd: -0.009,
      savedRatio: -0.051724,
      calls: 7,
      refusedCalls: null,
    });
    assert.deepEqual(Object.keys(data.services), ['stripe']);
    assert.deepEqual(data.total, data.services.stripe);
    const all = (await api().get<CostSavings>(SAVINGS)).data;
    // Ten requests alone: 10 × 0.05 = 0.50. Two shared an answer: 0.10. Three units instead of eight: 0.25.
    assert.deepEqual(all.services.samsara?.byCause, {
      ...{ routing: 0, batching: 0.25, deduplication: 0.1, limiting: null },
    });
    assert.deepEqual(
      [all.services.samsara?.baselineUsd, all.services.samsara?.costUsd, all.services.samsara?.savedRatio],
      [0.5, 0.15, 0.7],
    );
    assert.equal(all.services.twilio?.costUsd, null);
    assert.equal(all.services.twilio?.savedUsd, null);
  });

  it('counts what admission refused once per request, and not what it let in later', async () => {
    await api().put('/admin/budgets/airtable', { dailyUsd: 0.02, monthlyUsd: 1 });
    await eventually(async () => {
      const refused = await api().post<{ allowed: boolean }>(
        '/external-services/check-rate-limit',
        aCall('airtable', { requestId: 'too-dear', estimatedCost: 0.05 }),
        { as: 'service' },
      );
      assert.equal(refused.data.allowed, false);
    });
    const later = aCall('airtable', { requestId: 'let-in-later', estimatedCost: 0.03 });
    const ask = () =>
      untilAnswered(() =>
        api().post<{ allowed: boolean }>('/external-services/check-rate-limit', later, { as: 'service' }),
      );
    assert.equal((await ask()).data.allowed, false);
    await api().put('/admin/budgets/airtable', { dailyUsd: 1, monthlyUsd: 10 });
    await eventually(async () => assert.equal((await ask()).data.allowed, true));
    await eventually(async () => {
      const { data } = await api().get<CostSavings>(`${SAVINGS}?serviceName=airtable`);
      assert.deepEqual(
        [data.services.airtable?.byCause.limiting, data.services.airtable?.refusedCalls],
        [0.05, 1],
      );
    });
  });

  it('tells the way of the money by service, node, operation and strategy', async () => {
    const { data } = await api().get<CostAnalysis>(`${ANALYSIS}?serviceName=stripe`, { as: 'user' });
    assert.equal(data.costUsd, 0.183);
    assert.deepEqual(data.byService, {
      stripe: { costUsd: 0.183, share: 1, calls: 7, successRatio: 0.714286, costPerSuccessUsd: 0.0366 },
    });
    // 3 × 0.032 of 0.183, and 3 × 0.029.
    assert.deepEqual(
      data.byNode.map(({ nodeId, costUsd, share, calls }) => ({ nodeId, costUsd, share, calls })),
      [
        { nodeId: 'stripe_secondary_us_west', costUsd: 0.096, share: 0.52459, calls: 4 },
        { nodeId: 'stripe_primary_us_east', costUsd: 0.087, share: 0.47541, calls: 3 },
      ],
    );
    assert.deepEqual(
      data.byOperation.map(({ operation, costUsd }) => [operation, costUsd]),
      [
        ['pay', 0.151],
        ['refund', 0.032],
      ],
    );
    assert.deepEqual(
      data.byStrategy.map(({ strategy, calls }) => [strategy, calls]),
      [['HEALTH_BASED', 7]],
    );
  });

  it('finds the outage in the error rate, tells it once, and not again after a restart', async () => {
    const seen = async () => {
      const { data } = await api().get<CostAnalysis>(`${ANALYSIS}?serviceName=sendgrid`);
      return data.anomalies.filter(({ series }) => series === 'error_rate');
    };
    const anomalies = await eventually(
      async () => {
        const found = await seen();
        assert.ok(found.length > 0);
        return found;
      },
      { timeoutMs: 90_000 },
    );
    for (const { direction, value, at: time, unit } of anomalies) {
      assert.deepEqual([direction, unit], ['above', 'ratio']);
      assert.ok(value > 0.5 && Date.parse(time) >= at(13), `${value} at ${time}`);
    }
    const told = () =>
      past!.query<{ told: string | null }>('SELECT told_at AS told FROM anomalies ORDER BY anomaly_id');
    const before = await eventually(async () => {
      const rows = await told();
      assert.ok(rows.length > 0 && rows.every((row) => row.told !== null));
      return rows;
    });
    await app!.stop();
    app = await start();
    await eventually(async () => assert.ok((await seen()).length >= anomalies.length));
    assert.deepEqual((await told()).slice(0, before.length), before);
  });

  it('forecasts spend and load with intervals, says how well such forecasts did, and null without history', async () => {
    const { maps, twilio } = await eventually(
      async () => {
        const { data } = await api().get<CostAnalysis>(ANALYSIS);
        assert.ok(data.forecasts.maps?.load !== null);
        return data.forecasts;
      },
      { timeoutMs: 120_000 },
    );
    assert.ok(maps !== undefined && maps.load !== null);
    assert.equal(maps.load.hours.length, 24);
    for (const { calls, interval80, interval95 } of maps.load.hours) {
      assert.ok(interval95.lower <= interval80.lower && interval80.lower <= calls);
      assert.ok(calls <= interval80.upper && interval80.upper <= interval95.upper);
    }
    const backtest = maps.backtests.callsPerHour;
    assert.ok(backtest !== null && backtest.compared > 0);
    assert.ok(backtest.wape! < 0.5, `wape ${backtest.wape}`);
    assert.ok(backtest.coverage95 >= backtest.coverage80);
    assert.deepEqual([twilio?.load, twilio?.spend.month, twilio?.backtests.spendPerHour], [null, null, null]);
    assert.ok(twilio?.unavailable !== null);
  });

  it('lets people look and machines not, and names what is wrong with a range', async () => {
    for (const path of [SAVINGS, ANALYSIS]) {
      assert.equal((await api().get(path, { as: 'service' })).status, 403);
      assert.equal((await api().get(path, { as: null })).status, 401);
      assert.deepEqual(
        (await api().get(`${path}?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z`)).badFields,
        ['from'],
      );
      const long = `${path}?from=2025-01-01T00:00:00Z&to=2025-12-01T00:00:00Z`;
      assert.deepEqual((await api().get(long)).badFields, ['from']);
      assert.equal((await api().get(`${path}?from=yesterday`)).code, 'VALIDATION_FAILED');
      const token = await tokenOf({ role: 'user', services: ['maps'] });
      assert.equal(
        (await api().get(`${path}?serviceName=stripe`, { as: { token } })).code,
        'SERVICE_NOT_ALLOWED',
      );
    }
    const token = await tokenOf({ role: 'user', services: ['samsara'] });
    const { data } = await api().get<CostAnalysis>(ANALYSIS, { as: { token } });
    assert.deepEqual(Object.keys(data.byService), ['samsara']);
    assert.deepEqual(data.anomalies, []);
  });
});
