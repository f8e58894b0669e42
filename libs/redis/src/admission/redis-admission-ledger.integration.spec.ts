import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { JournaledLedger, LedgerLost, type AdmissionRules } from '@signalbox/budgets';
import { MemoryJournal, aRuleSet, ledgerConformance } from '@signalbox/budgets/testing';
import { eventually, withServers } from '@signalbox/testkit';
import type { RedisConnection } from '../redis-connection.js';
import { aConnection } from '../spec-connection.js';
import { RedisAdmissionLedger } from './redis-admission-ledger.js';

describe('RedisAdmissionLedger', () => {
  const servers = withServers('redis');
  let connection: RedisConnection;

  before(async () => {
    connection = aConnection(servers.redisUrl);
    await eventually(() => connection.isAvailable);
  });
  after(() => connection.close());

  ledgerConformance('RedisAdmissionLedger', () => ({
    open: async (rules, reservationTtlMs) =>
      new RedisAdmissionLedger({
        connection,
        rulesOf: () => rules,
        ...(reservationTtlMs === undefined ? {} : { reservationTtlMs }),
      }),
    elapse: async (ms) => {
      const since = Date.now();
      await eventually(() => Date.now() > since + ms);
    },
  }));

  const journal = new MemoryJournal({ nowMs: Date.now });
  const ready = async (rules: AdmissionRules, nowMs = Date.now): Promise<RedisAdmissionLedger> => {
    const ledger = new RedisAdmissionLedger({ connection, rulesOf: () => rules, nowMs });
    await ledger.restore(await journal.openGeneration('samsara'));
    return ledger;
  };
  const request = (requestId: string, estimateMicroUsd: number) =>
    ({ serviceName: 'samsara', requestId, priority: 'HIGH', estimateMicroUsd }) as const;

  describe('calls of one moment', () => {
    it('are judged one after the other, though they travel together', async () => {
      const ledger = await ready(aRuleSet({ budget: { dailyMicroUsd: 1_000 } }));
      // 150 calls are three runs of the script; 1,000 ÷ 9 = 111 fit.
      const calls = Array.from({ length: 150 }, (_, index) => ledger.admit(request(`one-${index}`, 9)));
      const verdicts = await Promise.all(calls);
      const admitted = verdicts.filter(({ allowed }) => allowed);
      assert.equal(admitted.length, 100, 'a hundred an hour, and 900 of 1,000 micro-dollars');
      // What each says of the budget is what it stood at after it, also where the script said nothing but yes.
      assert.deepEqual(
        admitted.map(({ budget, tiers }) => [budget.day.reservedMicroUsd, tiers.daily.used]),
        admitted.map((_, index) => [9 * (index + 1), index + 1]),
      );
      assert.deepEqual(
        admitted.flatMap(({ alerts }) =>
          alerts.map(({ threshold, reservedMicroUsd }) => [threshold, reservedMicroUsd]),
        ),
        [
          [0.7, 702],
          [0.85, 855],
        ],
        'each by the call that crossed it',
      );
      assert.deepEqual([...new Set(verdicts.flatMap(({ refusedBy }) => refusedBy))], ['sustained']);
    });

    it('reserve once under one id', async () => {
      const ledger = await ready(aRuleSet());
      const verdicts = await Promise.all(Array.from({ length: 20 }, () => ledger.admit(request('same', 7))));
      assert.equal(verdicts.filter(({ duplicate }) => !duplicate).length, 1);
      assert.equal((await ledger.state('samsara')).budget.day.reservedMicroUsd, 7);
    });
  });

  it('books by the server’s clock, whatever that of the process says', async () => {
    const rules = aRuleSet();
    const right = await ready(rules);
    const day = (await right.state('samsara')).budget.day.key;
    for (const skewMs of [-40 * 86_400_000, 40 * 86_400_000]) {
      const wrong = new RedisAdmissionLedger({
        connection,
        rulesOf: () => rules,
        nowMs: () => Date.now() + skewMs,
      });
      const verdict = await wrong.admit(request(`skewed-${skewMs}`, 5));
      assert.equal(verdict.budget.day.key, day);
      assert.ok(verdict.budget.day.renewsAtMs > Date.now());
    }
    assert.equal((await right.state('samsara')).budget.day.reservedMicroUsd, 10);
  });

  it('does not trust counts that an earlier run of the server wrote, nor an empty server, and is rebuilt', async () => {
    const rules = aRuleSet();
    const hot = await ready(rules);
    const clock = { nowMs: Date.now };
    const ledger = new JournaledLedger({ ledger: hot, journal, clock, wait: async () => undefined });
    await ledger.admit(request('kept', 11));
    await servers.kill('redis');
    await servers.restart('redis');
    await eventually(() => connection.isAvailable);
    await assert.rejects(hot.state('samsara'), LedgerLost);
    assert.equal((await ledger.state('samsara')).budget.day.reservedMicroUsd, 11);
    await connection.run((redis) => redis.flushall());
    await assert.rejects(hot.admit(request('not yet', 1)), LedgerLost);
    assert.equal((await ledger.admit(request('kept', 11))).duplicate, true);
  });
});
