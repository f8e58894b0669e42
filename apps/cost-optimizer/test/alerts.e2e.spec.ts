import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { JournaledLedger } from '@signalbox/budgets';
import type { BudgetAlerted, ServiceName } from '@signalbox/contracts';
import { Database, LedgerJournal, Partitions } from '@signalbox/persistence';
import { RedisAdmissionLedger, RedisConnection } from '@signalbox/redis';
import { eventually } from '@signalbox/testkit';
import { NOON_ZONE, aCall, untilAnswered, withCosts } from './support/outside.js';

const silent = { info() {}, warn() {}, error() {}, debug() {} };
const clock = { nowMs: () => Date.now() };
const dateOf = new Intl.DateTimeFormat('sv-SE', { timeZone: NOON_ZONE, dateStyle: 'short' });

describe('alerts', () => {
  const costs = withCosts();

  const alertsOf = async (service: ServiceName): Promise<BudgetAlerted[]> =>
    (await costs.stored('budgets.alerted')).filter(({ serviceName }) => serviceName === service);
  const thresholds = (alerts: readonly BudgetAlerted[]) =>
    alerts.map(({ period, thresholdRatio }) => `${period} ${thresholdRatio}`).sort();

  it('tells each threshold of each budget once, however many calls cross it at the same time', async () => {
    await costs.allow('stripe', { dailyUsd: 1, monthlyUsd: 10, throttleFrom: 1 });
    const recipients = ['finance@example.com', '#spend'];
    const alertThresholds = { warning: 0.5, critical: 0.8, emergency: 0.9 };
    const set = await untilAnswered(() =>
      costs.b.post<{ version: number; dailyUsd: number }>(
        '/external-services/budget-alert',
        { serviceName: 'stripe', alertThresholds, recipients },
        { as: 'manager' },
      ),
    );
    assert.equal(set.data.dailyUsd, 1, 'the rest of the budget stays');
    await eventually(async () => {
      const seen = await costs.a.get<{ version: number }>('/admin/budgets/stripe');
      assert.equal(seen.data.version, set.data.version);
    });
    const asked = Array.from({ length: 120 }, (_, index) =>
      (index % 2 ? costs.a : costs.b).check(aCall('stripe')),
    );
    await Promise.all(asked);
    const alerts = await eventually(async () => {
      const told = await alertsOf('stripe');
      assert.deepEqual(thresholds(told), ['day 0.5', 'day 0.8', 'day 0.9']);
      return told;
    });
    for (const alert of alerts) {
      assert.ok(alert.utilization >= alert.thresholdRatio, JSON.stringify(alert));
      assert.deepEqual([alert.capUsd, alert.recipients], [1, recipients]);
      assert.equal(alert.periodKey, dateOf.format(Date.parse(alert.occurredAt)));
    }
    assert.deepEqual(alerts.map(({ threshold }) => threshold).sort(), ['critical', 'emergency', 'warning']);

    // Nor again after everything has forgotten it but the journal.
    await costs.hosted.restart('a');
    await costs.wipeRedis();
    const more = await costs.a.check(aCall('stripe'));
    assert.equal(more.data.allowed, false);
    // Something that is told after it, whatever there was to tell of it.
    await costs.allow('maps', { dailyUsd: 1, throttleFrom: 1 });
    await costs.a.check(aCall('maps', { estimatedCost: 0.75 }));
    await eventually(async () => assert.deepEqual(thresholds(await alertsOf('maps')), ['day 0.7']));
    assert.equal((await alertsOf('stripe')).length, 3);
  });

  it('tells an alert whose process died before it could', async () => {
    await costs.allow('twilio', { dailyUsd: 1, throttleFrom: 1 });
    const { redisUrl, databaseUrl } = costs.servers;
    const connection = RedisConnection.connect({
      url: redisUrl,
      name: 'a process that dies',
      logger: silent,
    });
    const database = new Database({ url: databaseUrl });
    const budget = {
      ...{ dailyMicroUsd: 1_000_000, monthlyMicroUsd: 10_000_000_000, throttleFrom: 1, timeZone: NOON_ZONE },
      alertThresholds: { warning: 0.7, critical: 0.85, emergency: 0.95 },
    };
    const limits = { burst: 100_000, sustainedPerHour: 100_000, daily: 100_000 };
    const ledger = new JournaledLedger({
      ledger: new RedisAdmissionLedger({ connection, rulesOf: () => ({ budget, limits }) }),
      journal: new LedgerJournal(database, new Partitions(database), clock),
      clock,
      wait: (ms) => wait(ms),
    });
    const verdict = await eventually(() =>
      ledger.admit({
        ...{ serviceName: 'twilio', requestId: 'dying', priority: 'HIGH', estimateMicroUsd: 900_000 },
      }),
    );
    // Asked again, when the first answer did not come, it says no more which alerts it decided.
    assert.equal(verdict.alerts.length, verdict.duplicate ? 0 : 2, 'it decided two alerts, and dies');
    await connection.close();
    await database.close();
    await eventually(async () =>
      assert.deepEqual(thresholds(await alertsOf('twilio')), ['day 0.7', 'day 0.85']),
    );
  });

  it('tells that a tier begins to refuse, and again only after it let calls through', async () => {
    const limits = { burst: 1_000, sustainedPerHour: 1_000 };
    await costs.allow('samsara', {}, { ...limits, daily: 2 });
    const alerts = async () =>
      (await costs.stored('limits.alerted')).filter(({ serviceName }) => serviceName === 'samsara');
    const ask = () =>
      Promise.all([1, 2, 3].flatMap(() => [costs.a, costs.b].map((one) => one.check(aCall('samsara')))));
    await eventually(async () => {
      await ask();
      assert.equal((await alerts()).length, 1);
    });
    await ask();
    await ask();
    const [first, ...rest] = await alerts();
    assert.deepEqual(rest, []);
    assert.deepEqual([first?.tier, first?.limit, first?.used, first?.shadow], ['daily', 2, 2, false]);

    // Room for more than one round: a process that has not heard yet that the tier refuses ends nothing.
    await costs.allow('samsara', {}, { ...limits, daily: 40 });
    await eventually(async () => {
      await ask();
      assert.equal((await alerts()).length, 2);
    });
    assert.equal((await alerts())[1]?.limit, 40);
  });

  it('tells the state of a budget about once a second, and at once when what it lets through changes', async () => {
    await costs.allow('airtable', { dailyUsd: 1, throttleFrom: 0.5 });
    const states = async () =>
      (await costs.stored('budgets.state')).filter(({ serviceName }) => serviceName === 'airtable');
    const before = (await states()).length;
    const startedMs = Date.now();
    for (let call = 0; call < 40; call++) {
      await costs.a.check(aCall('airtable', { priority: 'CRITICAL', estimatedCost: 0.02 }));
    }
    const after = await eventually(async () => {
      const told = (await states()).slice(before);
      assert.equal(told.at(-1)?.day.reservedUsd, 0.8);
      return told;
    });
    assert.ok(after.some(({ band }) => band === 'throttled'));
    const seconds = Math.ceil((Date.now() - startedMs) / 1000);
    // One a second on either edge, and the one change of the band.
    assert.ok(after.length <= seconds + 3, `${after.length} states in ${seconds} s`);
    const { day, band, throttleFrom } = await costs.state('airtable');
    assert.deepEqual([day.reservedUsd, band, throttleFrom], [0.8, 'throttled', 0.5]);
  });
});
