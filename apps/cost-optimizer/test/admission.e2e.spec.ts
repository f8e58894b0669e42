import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AdmissionAnswer } from '@signalbox/contracts';
import { tokenOf } from '@signalbox/hosting/testing';
import { eventually } from '@signalbox/testkit';
import { NOON_ZONE, aCall, withCosts } from './support/outside.js';

describe('admission', () => {
  const costs = withCosts();

  it('reserves once for a request id, whichever process is asked and by whichever way', async () => {
    // A token of the burst comes back after five minutes.
    await costs.allow('stripe', { dailyUsd: 1 }, { burst: 10, sustainedPerHour: 12 });
    const call = aCall('stripe', { estimatedCost: 0.25 });
    const first = await costs.a.check(call);
    assert.equal(first.status, 200);
    assert.equal(first.data.allowed, true);
    assert.equal(first.data.reservationId, call.requestId);
    assert.equal(first.headers.get('retry-after'), null);
    const again = await Promise.all([costs.a.check(call), costs.b.check(call), costs.ask(call)]);
    const answers = again.map((answer) => (answer as { data: AdmissionAnswer }).data);
    assert.deepEqual(
      answers.map(({ allowed, reservationId, budget }) => [allowed, reservationId, budget.day.reservedUsd]),
      Array(3).fill([true, call.requestId, 0.25]),
    );
    const { burst, sustained, daily } = await costs.b.tiers('stripe');
    assert.deepEqual([burst.used, sustained.used, daily.used], [1, 1, 1]);
  });

  it('refuses what would pass the budget, and says which one and when it renews', async () => {
    await costs.allow('maps', { dailyUsd: 0.05, monthlyUsd: 100, throttleFrom: 1 });
    for (let call = 1; call <= 5; call++) {
      assert.equal((await costs.a.check(aCall('maps'))).data.allowed, true, `call ${call}`);
    }
    const refused = await costs.b.check(aCall('maps'));
    assert.equal(refused.status, 200);
    const { allowed, refusedBy, retryAfterSeconds, budget, reservationId } = refused.data;
    assert.deepEqual(
      { allowed, refusedBy, reservationId },
      { allowed: false, refusedBy: ['budget_day'], reservationId: null },
    );
    const { remainingUsd, renewsAt, periodKey } = budget.day;
    assert.deepEqual([remainingUsd, budget.band], [0, 'exhausted']);
    const zoned = new Intl.DateTimeFormat('sv-SE', {
      ...{ timeZone: NOON_ZONE, dateStyle: 'short', timeStyle: 'medium' },
    });
    assert.match(zoned.format(new Date(renewsAt)), /00:00:00$/, 'a day ends at midnight of its zone');
    assert.equal(zoned.format(Date.parse(renewsAt) - 1).slice(0, 10), periodKey);
    assert.equal(refused.headers.get('retry-after'), String(retryAfterSeconds));
    assert.ok(retryAfterSeconds! >= 1 && retryAfterSeconds! <= 86_400, String(retryAfterSeconds));
    // Nothing was taken by being refused, of no tier.
    assert.equal((await costs.a.tiers('maps')).daily.used, 5);
  });

  for (const tier of ['burst', 'sustained', 'daily'] as const) {
    it(`refuses past the ${tier} tier, names it alone, and takes no token of the others`, async () => {
      const service = { burst: 'twilio', sustained: 'sendgrid', daily: 'samsara' } as const;
      const name = service[tier];
      // A token of the burst comes back after five minutes at the least.
      const ample = { burst: 50, sustainedPerHour: 12, daily: 100 };
      const scarce = { burst: { burst: 3 }, sustained: { sustainedPerHour: 3 }, daily: { daily: 3 } };
      await costs.allow(name, {}, { ...ample, ...scarce[tier] });
      const asked = Array.from({ length: 8 }, (_, index) =>
        (index % 2 ? costs.a : costs.b).check(aCall(name)),
      );
      const answers = (await Promise.all(asked)).map(({ data }) => data);
      assert.equal(answers.filter(({ allowed }) => allowed).length, 3);
      const refused = answers.filter(({ allowed }) => !allowed);
      for (const { refusedBy } of refused) assert.deepEqual(refusedBy, [tier]);
      const tiers = await costs.a.tiers(name);
      assert.deepEqual([tiers.burst.used, tiers.sustained.used, tiers.daily.used], [3, 3, 3]);
      assert.equal(tiers[tier].remaining, 0);
      assert.ok(Date.parse(tiers[tier].resetAt) > Date.now());
      assert.ok(refused.every(({ retryAfterSeconds }) => retryAfterSeconds! >= 1));
    });
  }

  it('sheds LOW before MEDIUM in the throttling band, and lets HIGH and CRITICAL pass to the cap', async () => {
    // 1 dollar, throttled from 50 %: LOW is gone at 75 %, MEDIUM begins to go there.
    await costs.allow('airtable', { dailyUsd: 1, monthlyUsd: 100, throttleFrom: 0.5 });
    const admitted = async (priority: 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL') => {
      const asked = Array.from({ length: 20 }, () =>
        costs.a.check(aCall('airtable', { priority, estimatedCost: 0.0001 })),
      );
      return (await Promise.all(asked)).map(({ data }) => data);
    };
    const count = (answers: AdmissionAnswer[]) => answers.filter(({ allowed }) => allowed).length;
    await costs.a.check(aCall('airtable', { estimatedCost: 0.3 }));
    assert.equal(count(await admitted('LOW')), 20, 'below the band everything passes');
    await costs.a.check(aCall('airtable', { priority: 'HIGH', estimatedCost: 0.47 }));
    const low = await admitted('LOW');
    assert.equal(count(low), 0);
    for (const { refusedBy, budget } of low) {
      assert.deepEqual(refusedBy, ['throttle_day']);
      assert.equal(budget.band, 'throttled');
    }
    const medium = count(await admitted('MEDIUM'));
    // 0.77 of 0.75..1: admitted with a chance of 0.92, twenty times over.
    assert.ok(medium >= 10, `${medium} of 20`);
    assert.equal(count(await admitted('HIGH')), 20);
    assert.equal(count(await admitted('CRITICAL')), 20);
    const past = await costs.a.check(aCall('airtable', { priority: 'CRITICAL', estimatedCost: 0.5 }));
    assert.deepEqual(
      past.data.refusedBy,
      ['budget_day'],
      'without an override not even CRITICAL passes the cap',
    );
  });

  it('refuses nothing in shadow mode, and says what it would have refused', async () => {
    await costs.allow(
      'stripe',
      { dailyUsd: 0.001, monthlyUsd: 0.001, shadow: true },
      { burst: 1, sustainedPerHour: 1, daily: 100_000, shadow: ['burst', 'sustained'] },
    );
    const answers = [await costs.a.check(aCall('stripe')), await costs.a.check(aCall('stripe'))];
    const [, second] = answers.map(({ data }) => data);
    assert.equal(second?.allowed, true);
    assert.deepEqual(second?.refusedBy, []);
    assert.deepEqual([...second.wouldRefuse].sort(), ['budget_day', 'budget_month', 'burst', 'sustained']);
    const tiers = await costs.b.tiers('stripe');
    assert.deepEqual([tiers.burst.shadow, tiers.sustained.shadow, tiers.daily.shadow], [true, true, false]);
  });

  it('answers over NATS as over HTTP, also to what is no question', async () => {
    await costs.allow('maps', { dailyUsd: 1_000, monthlyUsd: 1_000 });
    const answer = await costs.ask(aCall('maps', { priority: 'low' }));
    assert.ok(answer.success);
    assert.equal(answer.data.allowed, true);
    const refused = await costs.ask({ ...aCall('maps'), estimatedCost: -1, priority: 'urgent' });
    assert.ok(!refused.success);
    assert.equal(refused.error.code, 'VALIDATION_FAILED');
    const { fields } = refused.error.details as { fields: { path: string }[] };
    assert.deepEqual(fields.map(({ path }) => path).sort(), ['estimatedCost', 'priority']);
  });

  it('takes back an admitted call that is not made, with its tokens, once', async () => {
    await costs.allow('twilio', { dailyUsd: 1_000, monthlyUsd: 1_000 });
    const used = async () => {
      const { sustained, daily } = await costs.b.tiers('twilio');
      return [sustained.used, daily.used];
    };
    const before = await used();
    const { data } = await costs.a.check(aCall('twilio', { estimatedCost: 0.25 }));
    assert.equal(data.allowed, true);
    assert.deepEqual(
      await used(),
      before.map((count) => count + 1),
    );
    let asked = 0;
    const isGivenBack = () =>
      eventually(async () => {
        asked += 1;
        const answer = await costs.giveBack('twilio', data.reservationId!);
        assert.ok(answer.success, JSON.stringify(answer));
        return [answer.data.released];
      });
    const [released] = await isGivenBack();
    assert.ok(released === true || asked > 1, 'it was, unless an answer before this one was lost');
    assert.deepEqual(await isGivenBack(), [false]);
    assert.deepEqual(await used(), before);
    const reservedUsd = data.budget.day.reservedUsd - 0.25;
    await costs.eventuallyState('twilio', ({ day }) =>
      assert.equal(day.reservedUsd.toFixed(6), reservedUsd.toFixed(6)),
    );
    const unnamed = await costs.giveBack('twilio', '');
    assert.ok(!unnamed.success && unnamed.error.code === 'VALIDATION_FAILED');
  });

  it('admits no call of a service that the token is not for', async () => {
    const token = await tokenOf({ role: 'service', services: ['maps'] });
    const answer = await costs.a.check(aCall('stripe'), { as: { token } });
    assert.equal(answer.code, 'SERVICE_NOT_ALLOWED');
    assert.equal((await costs.a.check(aCall('maps'), { as: { token } })).status, 200);
    const tiers = await costs.a.get('/external-services/stripe/rate-limit', { as: { token } });
    assert.equal(tiers.code, 'SERVICE_NOT_ALLOWED');
  });
});
