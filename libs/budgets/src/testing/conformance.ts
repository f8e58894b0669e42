import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CallPriority, ServiceName } from '@signalbox/contracts';
import type { AdmissionLedger, AdmissionRequest, LedgerState, Verdict } from '../ledger.js';
import { LedgerLost } from '../ledger.js';
import type { AdmissionRules } from '../rules.js';
import { aRuleSet, type RulesOverrides } from './rules.js';

/** A ledger under test: lost until it is restored, as on the first day. */
export interface LedgerRig {
  /** A ledger of these rules that knows nothing of what other tests did to the service. */
  open(rules: AdmissionRules, reservationTtlMs?: number): Promise<AdmissionLedger>;
  /** Lets time pass at least this long, by whatever clock the ledger has. */
  elapse(ms: number): Promise<void>;
}

const SERVICE: ServiceName = 'stripe';
/** Day and month are named alike in these tests: only the day's budget is ever short. */
type Ask = Partial<AdmissionRequest> & { estimateMicroUsd?: number };

/** What every ledger must keep. */
export function ledgerConformance(name: string, rig: () => LedgerRig): void {
  let serial = 0;
  let generation = 0;
  const ready = async (overrides: RulesOverrides = {}, ttlMs?: number): Promise<AdmissionLedger> => {
    const ledger = await rig().open(aRuleSet(overrides), ttlMs);
    generation += 1;
    await ledger.restore({
      serviceName: SERVICE,
      generation,
      ...{ periods: [], entries: [], transferredMicroUsd: {}, callsByMinute: [], alertIds: [] },
    });
    return ledger;
  };
  const ask = (ledger: AdmissionLedger, request: Ask = {}): Promise<Verdict> =>
    ledger.admit({
      serviceName: SERVICE,
      requestId: `request-${++serial}`,
      priority: 'HIGH',
      estimateMicroUsd: 0,
      ...request,
    });
  const spend = (ledger: AdmissionLedger, actualMicroUsd: number, reservationId = `spent-${++serial}`) =>
    ledger.commit({ serviceName: SERVICE, reservationId, actualMicroUsd });
  const counts = ({ tiers, budget }: LedgerState | Verdict) => ({
    used: [tiers.burst.used, tiers.sustained.used, tiers.daily.used],
    day: [budget.day.spentMicroUsd, budget.day.reservedMicroUsd, budget.day.leasedMicroUsd],
    month: [budget.month.spentMicroUsd, budget.month.reservedMicroUsd, budget.month.leasedMicroUsd],
  });
  const stateOf = async (ledger: AdmissionLedger) => counts(await ledger.state(SERVICE));

  describe(`${name}: one admission`, () => {
    it('is lost until it has been restored', async () => {
      const ledger = await rig().open(aRuleSet());
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
      assert.equal(
        refused.retryAfterMs,
        Math.max(refused.budget.month.renewsAtMs - refused.atMs, refused.retryAfterMs),
      );
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

  describe(`${name}: settlement`, () => {
    it('replaces the estimate by the cost, which may be higher, once', async () => {
      const ledger = await ready();
      await ask(ledger, { requestId: 'call', estimateMicroUsd: 100 });
      const settled = await spend(ledger, 250, 'call');
      assert.equal(settled.changed, true);
      const again = await spend(ledger, 999, 'call');
      assert.equal(again.changed, false);
      assert.deepEqual(again.movements, settled.movements);
      assert.deepEqual(await stateOf(ledger), { used: [1, 1, 1], day: [250, 0, 0], month: [250, 0, 0] });
    });

    it('gives money and tokens back on release, once', async () => {
      const ledger = await ready();
      const before = await stateOf(ledger);
      await ask(ledger, { requestId: 'unmade', estimateMicroUsd: 100 });
      const release = () => ledger.release({ serviceName: SERVICE, reservationId: 'unmade' });
      assert.equal((await release()).changed, true);
      assert.equal((await release()).changed, false);
      assert.deepEqual(await stateOf(ledger), before);
      const again = await ask(ledger, { requestId: 'unmade' });
      assert.deepEqual(again.refusedBy, ['settled']);
    });

    it('takes a cost that comes before its reservation; the reservation then takes nothing', async () => {
      const ledger = await ready();
      assert.equal((await spend(ledger, 70, 'early')).changed, true);
      const late = await ask(ledger, { requestId: 'early', estimateMicroUsd: 100 });
      assert.deepEqual([late.allowed, late.duplicate], [true, true]);
      assert.deepEqual(counts(late), { used: [1, 1, 1], day: [70, 0, 0], month: [70, 0, 0] });
    });

    it('lets a cost outweigh a release, and nothing outweigh a cost', async () => {
      const ledger = await ready();
      await ask(ledger, { requestId: 'odd', estimateMicroUsd: 100 });
      await ledger.release({ serviceName: SERVICE, reservationId: 'odd' });
      assert.equal((await spend(ledger, 80, 'odd')).changed, true);
      assert.equal((await ledger.release({ serviceName: SERVICE, reservationId: 'odd' })).changed, false);
      assert.deepEqual((await stateOf(ledger)).day, [80, 0, 0]);
    });

    it('takes back what has expired, keeps its tokens, and still books a cost that comes after', async () => {
      const ledger = await ready({}, 1);
      await ask(ledger, { requestId: 'forgotten', estimateMicroUsd: 100 });
      await rig().elapse(2);
      const swept = await ledger.sweep(SERVICE);
      assert.equal(swept.expired, 1);
      assert.deepEqual(
        swept.movements.map(({ kind }) => kind),
        ['expire'],
      );
      assert.equal((await ledger.sweep(SERVICE)).expired, 0);
      assert.deepEqual(await stateOf(ledger), { used: [1, 1, 1], day: [0, 0, 0], month: [0, 0, 0] });
      await spend(ledger, 60, 'forgotten');
      assert.deepEqual((await stateOf(ledger)).day, [60, 0, 0]);
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
        const requestId = `band-${++serial}`;
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
      await rig().elapse(2);
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
      generation += 1;
      const snapshot = {
        serviceName: SERVICE,
        generation,
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
      assert.deepEqual([state.generation, state.openReservations], [generation, 2]);
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
