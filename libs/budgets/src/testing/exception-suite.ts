import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AdmissionLedger } from '../ledger.js';
import { SERVICE, counts, type Trial } from './trial.js';

/** Overrides, shadow, force, leases and what comes after a loss. */
export function exceptionSuite(name: string, trial: Trial): void {
  const { ready, ask, spend, stateOf } = trial;

  describe(`${name}: overrides, shadow and force`, () => {
    const override = { overrideId: 'o-1', amountMicroUsd: 500, expiresAtMs: Number.MAX_SAFE_INTEGER };

    it('lets CRITICAL past the cap on an override, by its amount and no more, and refunds what was not spent', async () => {
      const ledger = await ready({ budget: { dailyMicroUsd: 1_000 } });
      await spend(ledger, 900);
      const within = { estimateMicroUsd: 300, override };
      assert.deepEqual((await ask(ledger, within)).refusedBy, ['budget:day'], 'HIGH does not draw on it');
      const first = await ask(ledger, { ...within, requestId: 'first', priority: 'CRITICAL' });
      assert.deepEqual(
        [first.allowed, first.overrideDrawMicroUsd],
        [true, 200],
        '100 were left of the budget',
      );
      const second = { ...within, requestId: 'second', priority: 'CRITICAL' as const };
      assert.equal((await ask(ledger, second)).overrideDrawMicroUsd, 300, '500 drawn');
      const third = { estimateMicroUsd: 1, override, requestId: 'third', priority: 'CRITICAL' as const };
      assert.deepEqual((await ask(ledger, third)).refusedBy, ['budget:day']);
      await spend(ledger, 299, 'second');
      assert.equal((await ask(ledger, third)).overrideDrawMicroUsd, 1);
    });

    it('draws on no override that has ended', async () => {
      const ledger = await ready({ budget: { dailyMicroUsd: 10 } });
      const ended = { ...override, expiresAtMs: 1 };
      const verdict = await ask(ledger, { estimateMicroUsd: 11, priority: 'CRITICAL', override: ended });
      assert.deepEqual(verdict.refusedBy, ['budget:day']);
    });

    it('refuses nothing in shadow and says what it would have; refused calls would not count, so they do not', async () => {
      const ledger = await ready({
        budget: { dailyMicroUsd: 10, shadow: true },
        limits: { daily: 1, shadow: { daily: true } },
      });
      await ask(ledger);
      const verdict = await ask(ledger, { estimateMicroUsd: 11 });
      assert.equal(verdict.allowed, true);
      assert.deepEqual(verdict.wouldRefuse, ['daily', 'budget:day']);
      assert.equal(verdict.tiers.daily.used, 1);
      assert.equal(verdict.budget.day.reservedMicroUsd, 11, 'the money is reserved all the same');
    });

    it('records by force what has been decided, and says what stood against it', async () => {
      const ledger = await ready({ budget: { dailyMicroUsd: 10 }, limits: { daily: 1 } });
      await ask(ledger);
      const verdict = await ask(ledger, { estimateMicroUsd: 11, force: true });
      assert.deepEqual([verdict.allowed, verdict.wouldRefuse], [true, ['daily', 'budget:day']]);
      assert.equal(verdict.tiers.daily.used, 2);
      assert.equal(verdict.budget.day.utilisation, 1.1);
      assert.equal(verdict.budget.day.remainingMicroUsd, 0);
    });
  });

  describe(`${name}: leases`, () => {
    const order = (leaseId: string, wantMicroUsd: number, leastMicroUsd = 1) => ({
      ...{ serviceName: SERVICE, leaseId, holder: 'replica', wantMicroUsd, leastMicroUsd, ttlMs: 60_000 },
    });
    const transfer = (ledger: AdmissionLedger, leaseId: string, requestId: string, amountMicroUsd: number) =>
      ledger.transfer({
        serviceName: SERVICE,
        leaseId,
        requestId,
        priority: 'HIGH',
        amountMicroUsd,
      } as const);

    it('gives an eighth of the room at most, the least that is of use if that is more, and nothing if it is too much', async () => {
      const ledger = await ready({ budget: { dailyMicroUsd: 800 } });
      assert.equal((await ledger.lease(order('l1', 1_000))).grantedMicroUsd, 100, '800 ÷ 8');
      assert.equal((await ledger.lease(order('l1', 1_000))).grantedMicroUsd, 100, 'once');
      assert.equal((await ledger.lease(order('l2', 1_000, 300))).grantedMicroUsd, 300);
      assert.equal((await ledger.lease(order('l3', 1_000, 401))).grantedMicroUsd, 0, '400 are left');
      assert.deepEqual(await stateOf(ledger), { used: [0, 0, 0], day: [0, 0, 400], month: [0, 0, 400] });
      assert.deepEqual((await ask(ledger, { estimateMicroUsd: 401 })).refusedBy, ['budget:day']);
    });

    it('turns a part into a reservation, once, and gives the rest back', async () => {
      const ledger = await ready({ budget: { dailyMicroUsd: 800 } });
      await ledger.lease(order('l1', 100));
      const first = await transfer(ledger, 'l1', 'decided', 30);
      assert.deepEqual([first.allowed, first.wouldRefuse, first.duplicate], [true, [], false]);
      assert.deepEqual(
        first.movements.map(({ kind, leaseId }) => [kind, leaseId]),
        [['transfer', 'l1']],
      );
      assert.equal((await transfer(ledger, 'l1', 'decided', 30)).duplicate, true);
      assert.deepEqual((await stateOf(ledger)).day, [0, 30, 70]);
      assert.equal((await ledger.returnLease({ serviceName: SERVICE, leaseId: 'l1' })).changed, true);
      assert.equal((await ledger.returnLease({ serviceName: SERVICE, leaseId: 'l1' })).changed, false);
      await spend(ledger, 25, 'decided');
      assert.deepEqual(await stateOf(ledger), { used: [1, 1, 1], day: [25, 0, 0], month: [25, 0, 0] });
    });

    it('records past a lease that is gone or too small, and says so', async () => {
      const ledger = await ready({ budget: { dailyMicroUsd: 800 } });
      await ledger.lease(order('small', 10));
      await spend(ledger, 780);
      const past = await transfer(ledger, 'small', 'dear', 11);
      assert.deepEqual([past.allowed, past.wouldRefuse], [true, ['budget:day']]);
      assert.deepEqual(
        past.movements.map(({ kind, leaseId }) => [kind, leaseId]),
        [['reserve', null]],
      );
      assert.deepEqual((await stateOf(ledger)).day, [780, 11, 10]);
    });

    it('takes back the lease of a holder that died', async () => {
      const ledger = await ready({ budget: { dailyMicroUsd: 800 } });
      await ledger.lease({ ...order('dead', 100), ttlMs: 1 });
      await transfer(ledger, 'dead', 'before', 40);
      await trial.rig().elapse(2);
      assert.equal((await ledger.sweep(SERVICE)).expired, 1);
      assert.deepEqual((await stateOf(ledger)).day, [0, 40, 0]);
    });
  });

  describe(`${name}: restoring`, () => {
    it('stands where the snapshot says, and only a later generation replaces it', async () => {
      const ledger = await ready({ budget: { dailyMicroUsd: 1_000 } });
      const { budget, atMs } = await ledger.state(SERVICE);
      const [dayKey, monthKey] = [budget.day.key, budget.month.key];
      const entry = {
        serviceName: SERVICE,
        isLease: false,
        ...{ reservedMicroUsd: 100, spentMicroUsd: 0, dayKey, monthKey, reservedAtMs: atMs },
        ...{ expiresAtMs: atMs + 60_000, settledAtMs: null, leaseId: null },
        ...{ overrideId: null, overrideDrawMicroUsd: 0 },
      } as const;
      trial.generation += 1;
      const snapshot = {
        serviceName: SERVICE,
        generation: trial.generation,
        periods: [
          { kind: 'day', key: dayKey, spentMicroUsd: 500, calls: 3 },
          { kind: 'month', key: monthKey, spentMicroUsd: 700, calls: 5 },
        ] as const,
        entries: [
          { ...entry, reservationId: 'still-open', state: 'open' },
          { ...entry, reservationId: 'paid', state: 'committed', spentMicroUsd: 90, settledAtMs: atMs },
          { ...entry, reservationId: 'leased', isLease: true, state: 'open' },
        ] as const,
        transferredMicroUsd: { leased: 40 },
        callsByMinute: [[Math.floor(atMs / 60_000), 3]] as [number, number][],
        alertIds: [`${SERVICE}:day:${dayKey}:7000`],
      };
      const whole = { ...snapshot, periods: [...snapshot.periods], entries: [...snapshot.entries] };
      assert.equal(await ledger.restore(whole), true);
      assert.equal(await ledger.restore(whole), false);
      const state = await ledger.state(SERVICE);
      assert.deepEqual(counts(state), { used: [3, 3, 3], day: [500, 100, 60], month: [700, 100, 60] });
      assert.deepEqual([state.generation, state.openReservations], [trial.generation, 2]);
      assert.equal((await ask(ledger, { requestId: 'still-open', estimateMicroUsd: 100 })).duplicate, true);
      assert.equal((await spend(ledger, 90, 'paid')).changed, false);
      const { alerts } = await ask(ledger, { estimateMicroUsd: 250 });
      assert.deepEqual(
        alerts.map(({ level }) => level),
        ['critical'],
        'the warning was told before',
      );
    });
  });
}
