import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AdmissionAnswer, BudgetState, OutcomeKind, ServiceName } from '@signalbox/contracts';
import { startHosted } from '@signalbox/hosting/testing';
import { eventually } from '@signalbox/testkit';
import { costOptimizer } from '../src/index.js';
import { aCall, aDecision, anOutcome, coordinationId, untilAnswered, withCosts } from './support/outside.js';

describe('settlement', () => {
  const costs = withCosts();

  const dayOf = ({ day }: BudgetState) => ({ spent: day.spentUsd, reserved: day.reservedUsd });
  const day = async (service: ServiceName) => dayOf(await costs.state(service));
  const eventuallyDay = (service: ServiceName, spent: number, reserved: number) =>
    costs.eventuallyState(service, (state) => assert.deepEqual(dayOf(state), { spent, reserved }));

  it('reserves what a decision is estimated to cost, and settles it at what the outcome says', async () => {
    const id = coordinationId();
    await costs.decided(aDecision('stripe', { coordinationId: id, costUsd: 0.029 }));
    await eventuallyDay('stripe', 0, 0.029);
    await costs.reported(anOutcome('stripe', { coordinationId: id, actualCost: 0.031 }));
    await eventuallyDay('stripe', 0.031, 0);
    // Dearer than estimated, in micro-dollars: 0.031 + 0.029 − 0.001 and nothing in between.
    const second = coordinationId();
    await costs.reported(anOutcome('stripe', { coordinationId: second, actualCost: 0.028 }));
    await eventuallyDay('stripe', 0.059, 0);
    assert.equal((await costs.a.tiers('stripe')).daily.used, 2);
  });

  it('counts each decision and outcome once, in whatever order and however often they come', async () => {
    const before = await day('maps').catch(() => ({ spent: 0, reserved: 0 }));
    assert.deepEqual(before, { spent: 0, reserved: 0 });
    const calls = Array.from({ length: 30 }, (_, index) => {
      const id = coordinationId();
      const decision = aDecision('maps', { coordinationId: id, costUsd: 0.005 });
      const outcome = anOutcome('maps', { coordinationId: id, actualCost: 0.004 });
      return { index, decision, outcome };
    });
    // Under another message id, as after the stream's memory of ids.
    const again = <T extends { eventId: string }>(event: T): T => ({
      ...event,
      eventId: `again:${event.eventId}`,
    });
    const published = calls.map(async ({ index, decision, outcome }) => {
      if (index % 3 === 0) {
        await costs.reported(outcome);
        await costs.decided(decision);
      } else {
        await costs.decided(decision);
        await costs.reported(outcome);
      }
      if (index % 2 === 0) {
        await costs.decided(again(decision));
        await costs.reported(again(outcome));
      }
    });
    await Promise.all(published);
    // 30 × 0.004 dollars.
    await eventuallyDay('maps', 0.12, 0);
    assert.equal((await costs.b.tiers('maps')).daily.used, 30);
  });

  it('settles what was admitted beforehand, once for the attempt that came first', async () => {
    const call = aCall('twilio', { estimatedCost: 0.01 });
    await costs.a.check(call);
    const reservationId = call.requestId;
    const [first, second] = [coordinationId(), coordinationId()];
    await costs.decided(aDecision('twilio', { coordinationId: first, costUsd: 0.0079, reservationId }));
    const failed = { coordinationId: first, reservationId, outcome: 'timeout', actualCost: 0.006 } as const;
    await costs.reported(anOutcome('twilio', failed));
    await eventuallyDay('twilio', 0.006, 0);
    // The fallback to another node was decided anew, and is paid for beside the first attempt.
    await costs.decided(aDecision('twilio', { coordinationId: second, costUsd: 0.0083, reservationId }));
    await eventuallyDay('twilio', 0.006, 0.0083);
    await costs.reported(anOutcome('twilio', { coordinationId: second, reservationId, actualCost: 0.0083 }));
    await eventuallyDay('twilio', 0.0143, 0);
    assert.equal((await costs.a.tiers('twilio')).daily.used, 2);
  });

  it('takes an outcome that names the reservation when its decision did not', async () => {
    const call = aCall('sendgrid', { estimatedCost: 0.002 });
    await costs.b.check(call);
    const id = coordinationId();
    await costs.decided(aDecision('sendgrid', { coordinationId: id, costUsd: 0.001 }));
    await eventuallyDay('sendgrid', 0, 0.003);
    await costs.reported(
      anOutcome('sendgrid', { coordinationId: id, reservationId: call.requestId, actualCost: 0.001 }),
    );
    await eventuallyDay('sendgrid', 0.001, 0);
    assert.equal((await costs.a.tiers('sendgrid')).daily.used, 1);
  });

  it('prices a call by the node that made it when nobody says what it cost', async () => {
    // By the shipped catalog: a call on samsara_backup costs 0.055.
    const price: [OutcomeKind, number | undefined, number][] = [
      ['success', 200, 0.055],
      ['timeout', undefined, 0.055],
      ['client_error', undefined, 0.055],
      ['client_error', 404, 0],
      ['server_error', 503, 0],
      ['rate_limited', 429, 0],
      ['connection_error', undefined, 0],
    ];
    let spent = 0;
    for (const [outcome, statusCode, cost] of price) {
      const id = coordinationId();
      await costs.decided(
        aDecision('samsara', { coordinationId: id, nodeId: 'samsara_backup', costUsd: 0.055 }),
      );
      await eventuallyDay('samsara', spent / 1_000, 0.055);
      const status = statusCode === undefined ? {} : { statusCode };
      await costs.reported(
        anOutcome('samsara', { coordinationId: id, nodeId: 'samsara_backup', outcome, ...status }),
      );
      spent += cost * 1_000;
      await eventuallyDay('samsara', spent / 1_000, 0);
    }
    // The connection error gave its tokens back: it reached nobody.
    assert.equal((await costs.a.tiers('samsara')).daily.used, price.length - 1);
  });

  it('takes back a reservation that nothing settles, and still takes what it cost when that comes late', async () => {
    const call = aCall('airtable', { estimatedCost: 0.5 });
    // How long a reservation lasts is up to the process that makes it: no other test's is to be swept.
    const { natsUrl, redisUrl, databaseUrl } = costs.servers;
    const brief = await startHosted([costOptimizer], 'brief', {
      ...{ NATS_URL: natsUrl, REDIS_URL: redisUrl, DATABASE_URL: databaseUrl },
      RESERVATION_TTL_MS: '5000',
    });
    try {
      const path = '/external-services/check-rate-limit';
      const { data } = await untilAnswered(() => brief.post<AdmissionAnswer>(path, call, { as: 'service' }));
      assert.deepEqual([data.allowed, data.budget.day.reservedUsd], [true, 0.5]);
    } finally {
      await brief.stop();
    }
    await eventually(async () => {
      const { refusedBy } = (await costs.b.check(call)).data;
      assert.deepEqual(refusedBy, ['settled'], 'the id is used up');
    });
    await eventuallyDay('airtable', 0, 0);
    const id = coordinationId();
    const outcome = anOutcome('airtable', {
      coordinationId: id,
      reservationId: call.requestId,
      actualCost: 0.4,
    });
    await costs.reported(outcome);
    await eventuallyDay('airtable', 0.4, 0);
  });

  it('leaves alone what comes so late that it might be counted twice', async () => {
    const before = await day('stripe');
    const yesterday = Math.floor(Date.now() / 1000) - 24 * 3_600;
    const late = `coord_${yesterday}_abcdef0123`;
    await costs.reported(anOutcome('stripe', { coordinationId: late, actualCost: 5 }));
    const id = coordinationId();
    await costs.reported(anOutcome('stripe', { coordinationId: id, actualCost: 0.001 }));
    await eventuallyDay('stripe', Math.round((before.spent + 0.001) * 1e6) / 1e6, 0);
  });
});
