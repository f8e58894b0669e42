import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServiceName } from '@signalbox/contracts';
import { eventually } from '@signalbox/testkit';
import { aCall, aDecision, anOutcome, coordinationId, withCosts } from './support/outside.js';

describe('the ledger when things die', () => {
  const costs = withCosts();

  const health = async (id: 'a' | 'b') => {
    const answer = await fetch(`${costs.hosted.process(id).url}/readyz`);
    const { data } = (await answer.json()) as Readiness;
    return data.components['ledger']!;
  };
  /** Admitted or not, asked until that is known. */
  const isAdmitted = async (service: ServiceName, process: 'a' | 'b', estimatedCost: number) =>
    (await costs[process].check(aCall(service, { estimatedCost }))).data.allowed;

  it('loses no cent when Redis is wiped, and killed and wiped, in the middle of calls', async () => {
    // 1 dollar is exactly 100 calls of a cent.
    await costs.allow('stripe', { dailyUsd: 1, throttleFrom: 1 });
    let asked = 0;
    let admitted = 0;
    const worker = async (process: 'a' | 'b') => {
      while (asked < 160) {
        asked += 1;
        if (asked === 80) {
          await costs.servers.kill('redis');
          await costs.servers.restart('redis');
        }
        if (asked % 40 === 0) await costs.wipeRedis();
        const call = aCall('stripe');
        if ((await costs[process].check(call)).data.allowed) admitted += 1;
      }
    };
    await Promise.all((['a', 'b'] as const).flatMap((process) => [1, 2, 3, 4].map(() => worker(process))));
    assert.equal(admitted, 100);
    await costs.wipeRedis();
    await costs.eventuallyState('stripe', ({ day, band }) => {
      assert.deepEqual([day.reservedUsd, day.spentUsd, band], [1, 0, 'exhausted']);
    });
    assert.equal((await costs.a.tiers('stripe')).daily.used, 100);
  });

  it('admits nothing blindly while Redis is dead, and goes on where it was when it is back', async () => {
    await costs.allow('maps', { dailyUsd: 0.1, throttleFrom: 1 });
    const first = aCall('maps', { estimatedCost: 0.06 });
    assert.equal((await costs.a.check(first)).data.allowed, true);
    await costs.servers.kill('redis');
    const refused = await costs.a.checkOnce(aCall('maps', { priority: 'CRITICAL' }));
    assert.equal(refused.status, 503);
    assert.equal(refused.code, 'DEPENDENCY_UNAVAILABLE');
    assert.ok(Number(refused.headers.get('retry-after')) >= 1);
    const overNats = await costs.askOnce(aCall('maps'));
    assert.ok(!overNats.success);
    assert.equal(overNats.error.code, 'DEPENDENCY_UNAVAILABLE');
    await eventually(async () => {
      const { state, reason } = await health('a');
      assert.equal(state, 'down');
      assert.match(reason ?? '', /Redis is away/);
    });
    // What is decided meanwhile waits, and is not lost.
    const id = coordinationId();
    await costs.decided(aDecision('maps', { coordinationId: id, costUsd: 0.02 }));

    await costs.servers.restart('redis');
    await costs.eventuallyState('maps', ({ day }) => assert.equal(day.reservedUsd, 0.08));
    assert.equal(await isAdmitted('maps', 'b', 0.03), false);
    assert.equal(await isAdmitted('maps', 'b', 0.02), true);
    await eventually(async () => assert.equal((await health('a')).state, 'operational'));
  });

  it('goes on without PostgreSQL, and journals afterwards what it could not', async () => {
    await costs.allow('twilio', { dailyUsd: 0.1, throttleFrom: 1 });
    // A Redis that was restarted is rebuilt first, from the journal.
    await eventually(() => costs.a.tiers('twilio'));
    await costs.servers.kill('postgres');
    const asked = Array.from({ length: 15 }, (_, index) => isAdmitted('twilio', index % 2 ? 'a' : 'b', 0.01));
    const answers = await Promise.all(asked);
    assert.equal(answers.filter(Boolean).length, 10, 'the cap holds');
    // In between it may say of a service that nobody has asked for since Redis came back that it is being rebuilt.
    await eventually(async () => {
      const { state, reason } = await health('a');
      assert.equal(state, 'degraded');
      assert.match(reason ?? '', /wait for the journal/);
    });
    await costs.servers.restart('postgres');
    for (const id of ['a', 'b'] as const) {
      await eventually(async () => assert.equal((await health(id)).state, 'operational'));
    }
    // What only Redis knew is in the journal now: it survives Redis.
    await costs.wipeRedis();
    const { allowed, budget } = (await costs.a.check(aCall('twilio'))).data;
    assert.deepEqual([allowed, budget.day.reservedUsd], [false, 0.1]);
  });

  it('answers without NATS, and accounts what was decided when it is back', async () => {
    await costs.allow('sendgrid', { dailyUsd: 1 });
    await costs.servers.kill('nats');
    assert.equal((await costs.a.check(aCall('sendgrid', { estimatedCost: 0.2 }))).data.allowed, true);
    await costs.servers.restart('nats');
    await costs.bus.connected();
    await costs.reported(anOutcome('sendgrid', { coordinationId: coordinationId(), actualCost: 0.1 }));
    await costs.eventuallyState('sendgrid', ({ day }) =>
      assert.deepEqual([day.reservedUsd, day.spentUsd], [0.2, 0.1]),
    );
  });

  it('knows after a restart of all its processes what it knew before', async () => {
    await costs.allow('airtable', { dailyUsd: 1, throttleFrom: 1 });
    const call = aCall('airtable', { estimatedCost: 0.6 });
    await costs.a.check(call);
    await costs.hosted.restart('a');
    await costs.hosted.restart('b');
    assert.equal((await costs.a.check(call)).data.budget.day.reservedUsd, 0.6);
    const past = await costs.b.check(aCall('airtable', { estimatedCost: 0.5 }));
    assert.deepEqual(past.data.refusedBy, ['budget_day']);
  });
});

interface Readiness {
  data: { components: Record<string, { state: string; reason?: string }> };
}
