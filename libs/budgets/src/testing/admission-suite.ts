import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CallPriority } from '@signalbox/contracts';
import { type AdmissionLedger, LedgerLost } from '../ledger.js';
import { aRuleSet } from './rules.js';
import { SERVICE, counts, type Trial } from './trial.js';

/** What is admitted and refused, and who is told. */
export function admissionSuite(name: string, trial: Trial): void {
  const { ready, ask, spend, stateOf, newId } = trial;

  describe(`${name}: one admission`, () => {
    it('is lost until it has been restored', async () => {
      const ledger = await trial.rig().open(aRuleSet());
      const request = {
        serviceName: 'airtable',
        requestId: 'x',
        priority: 'HIGH',
        estimateMicroUsd: 1,
      } as const;
      await assert.rejects(ledger.admit(request), LedgerLost);
    });

    it('reserves in both budgets and counts in the three tiers', async () => {
      const ledger = await ready();
      const verdict = await ask(ledger, { requestId: 'one', estimateMicroUsd: 29_000 });
      assert.equal(verdict.allowed, true);
      assert.equal(verdict.reservationId, 'one');
      assert.deepEqual(verdict.refusedBy, []);
      assert.deepEqual(counts(verdict), { used: [1, 1, 1], day: [0, 29_000, 0], month: [0, 29_000, 0] });
      assert.equal(verdict.budget.day.remainingMicroUsd, 100_000_000 - 29_000);
      assert.ok(verdict.tiers.burst.resetAtMs >= verdict.atMs);
    });

    const tiers = [
      { tier: 'burst', limits: { burst: 3 } },
      { tier: 'sustained', limits: { sustainedPerHour: 3 } },
      { tier: 'daily', limits: { daily: 3 } },
    ] as const;
    for (const { tier, limits } of tiers) {
      it(`admits as many as the ${tier} tier holds and changes nothing when it refuses`, async () => {
        const ledger = await ready({ limits });
        for (let call = 0; call < 3; call++) assert.equal((await ask(ledger)).allowed, true);
        const before = await stateOf(ledger);
        const refused = await ask(ledger, { estimateMicroUsd: 5 });
        assert.equal(refused.allowed, false);
        assert.deepEqual(refused.refusedBy, [tier]);
        assert.ok(refused.retryAfterMs > 0);
        assert.equal(refused.reservationId, null);
        assert.deepEqual(await stateOf(ledger), before);
      });
    }

    it('names every rule that stands against the call, and waits for the last of them', async () => {
      const ledger = await ready({
        budget: { dailyMicroUsd: 10, monthlyMicroUsd: 10 },
        limits: { burst: 1, sustainedPerHour: 1, daily: 1 },
      });
      await ask(ledger);
      const refused = await ask(ledger, { estimateMicroUsd: 11 });
      assert.deepEqual(refused.refusedBy, ['burst', 'sustained', 'daily', 'budget:day', 'budget:month']);
      assert.ok(refused.retryAfterMs >= refused.budget.month.renewsAtMs - refused.atMs);
    });

    it('admits up to the cap to the micro-dollar, and not one more', async () => {
      const ledger = await ready({ budget: { dailyMicroUsd: 1_000 } });
      assert.equal((await ask(ledger, { estimateMicroUsd: 600 })).allowed, true);
      assert.deepEqual((await ask(ledger, { estimateMicroUsd: 401 })).refusedBy, ['budget:day']);
      assert.equal((await ask(ledger, { estimateMicroUsd: 400 })).allowed, true);
    });

    it('reserves once when it is asked twice, and says the same; a refused id may ask again', async () => {
      const ledger = await ready({ budget: { dailyMicroUsd: 1_000 } });
      const first = await ask(ledger, { requestId: 'twice', estimateMicroUsd: 600 });
      const second = await ask(ledger, { requestId: 'twice', estimateMicroUsd: 600 });
      assert.deepEqual([first.duplicate, second.duplicate], [false, true]);
      assert.deepEqual(second.movements, first.movements);
      assert.deepEqual(counts(second), counts(first));
      assert.equal((await ask(ledger, { requestId: 'again', estimateMicroUsd: 600 })).allowed, false);
      await ledger.release({ serviceName: SERVICE, reservationId: 'twice' });
      assert.equal((await ask(ledger, { requestId: 'again', estimateMicroUsd: 600 })).allowed, true);
    });

    it('refuses an amount that is no whole number of micro-dollars', async () => {
      const ledger = await ready();
      await assert.rejects(ask(ledger, { estimateMicroUsd: 0.5 }), { code: 'VALIDATION_FAILED' });
    });
  });

  describe(`${name}: alerts`, () => {
    it('tells each threshold of each budget once, all that one step crosses', async () => {
      const ledger = await ready({ budget: { dailyMicroUsd: 1_000, monthlyMicroUsd: 10_000 } });
      assert.deepEqual((await ask(ledger, { requestId: 'a', estimateMicroUsd: 699 })).alerts, []);
      const [alert, ...others] = (await ask(ledger, { estimateMicroUsd: 1 })).alerts;
      assert.deepEqual(others, []);
      assert.deepEqual(
        {
          kind: alert?.kind,
          level: alert?.level,
          threshold: alert?.threshold,
          reserved: alert?.reservedMicroUsd,
        },
        { kind: 'day', level: 'warning', threshold: 0.7, reserved: 700 },
      );
      const both = await spend(ledger, 969, 'a');
      assert.deepEqual(
        both.alerts.map(({ level }) => level),
        ['critical', 'emergency'],
      );
      assert.deepEqual(
        both.movements.map(({ kind }) => kind),
        ['commit', 'alert', 'alert'],
      );
    });

    it('does not tell again what falls and rises', async () => {
      const ledger = await ready({ budget: { dailyMicroUsd: 1_000 } });
      assert.equal((await ask(ledger, { requestId: 'up', estimateMicroUsd: 750 })).alerts.length, 1);
      await ledger.release({ serviceName: SERVICE, reservationId: 'up' });
      assert.deepEqual((await ask(ledger, { estimateMicroUsd: 750 })).alerts, []);
    });
  });

  describe(`${name}: the emergency band`, () => {
    const share = async (ledger: AdmissionLedger, priority: CallPriority): Promise<number> => {
      let admitted = 0;
      for (let call = 0; call < 200; call++) {
        const requestId = newId();
        const { allowed, refusedBy } = await ask(ledger, { requestId, priority });
        if (!allowed) assert.deepEqual(refusedBy, ['throttle:day']);
        if (allowed) {
          admitted += 1;
          await ledger.release({ serviceName: SERVICE, reservationId: requestId });
        }
      }
      return admitted / 200;
    };
    const at = (spentMicroUsd: number) => async () => {
      const ledger = await ready({ budget: { dailyMicroUsd: 100_000 } });
      await spend(ledger, spentMicroUsd);
      return {
        LOW: await share(ledger, 'LOW'),
        MEDIUM: await share(ledger, 'MEDIUM'),
        HIGH: await share(ledger, 'HIGH'),
        CRITICAL: await share(ledger, 'CRITICAL'),
      };
    };

    it('sheds LOW by and by, and nobody else, in its lower half', async () => {
      // 92.5 %: LOW is admitted with (95 − 92.5) ÷ (95 − 88) = 0.357.
      const { LOW, ...others } = await at(92_500)();
      assert.ok(LOW > 0.2 && LOW < 0.5, `LOW ${LOW}`);
      assert.deepEqual(others, { MEDIUM: 1, HIGH: 1, CRITICAL: 1 });
    });

    it('sheds all LOW and by and by MEDIUM in its upper half', async () => {
      // 97.5 %: MEDIUM is admitted with (100 − 97.5) ÷ (100 − 95) = 0.5.
      const { MEDIUM, ...others } = await at(97_500)();
      assert.ok(MEDIUM > 0.35 && MEDIUM < 0.65, `MEDIUM ${MEDIUM}`);
      assert.deepEqual(others, { LOW: 0, HIGH: 1, CRITICAL: 1 });
    });

    it('begins at 90 % and ends only below 88 %', async () => {
      const ledger = await ready({ budget: { dailyMicroUsd: 100_000 } });
      const throttling = async () => (await ledger.state(SERVICE)).budget.day.throttling;
      await spend(ledger, 87_000);
      await ask(ledger, { requestId: 'edge', estimateMicroUsd: 2_000 });
      assert.equal(await throttling(), false, '89 % from below');
      await ask(ledger, { requestId: 'over', estimateMicroUsd: 1_000 });
      assert.equal(await throttling(), true, '90 %');
      await ledger.release({ serviceName: SERVICE, reservationId: 'over' });
      assert.equal(await throttling(), true, '89 % from above');
      await ledger.release({ serviceName: SERVICE, reservationId: 'edge' });
      assert.equal(await throttling(), false, '87 %');
    });
  });
}
