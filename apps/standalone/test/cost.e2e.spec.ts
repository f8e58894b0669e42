import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  BUDGETS_BUCKET,
  type AdmissionAnswer,
  type BudgetState,
  type DecisionAnswer,
  type OverrideAnswer,
} from '@signalbox/contracts';
import { costOptimizer } from '@signalbox/cost-optimizer';
import { withHosted } from '@signalbox/hosting/testing';
import { MessageBus } from '@signalbox/messaging';
import { routingCoordinator } from '@signalbox/routing-coordinator';
import { eventually } from '@signalbox/testkit';

const ETC = '/enhanced-traffic-coordination';
const silent = { info() {}, warn() {}, error() {}, debug() {} };
let calls = 0;

/** What the coordinators and the ledger hold of an override. */
interface Escrow {
  state: {
    terms: { amountMicroUsd: number };
    leases: Record<string, { leasedMicroUsd: number; spentMicroUsd: number }>;
    phase: { kind: string };
  };
}

describe('decisions, outcomes and budgets together', () => {
  let bus: MessageBus | undefined;
  after(() => bus?.close());
  const hosted = withHosted([routingCoordinator, costOptimizer], ['a']);
  const api = () => hosted.process('a');
  before(async () => {
    bus = MessageBus.connect({ url: hosted.servers.natsUrl, name: 'a test', logger: silent });
    await bus.connected();
  });

  const stateOf = async (service: string): Promise<BudgetState> => {
    const entry = await bus!.bucket<BudgetState>(BUDGETS_BUCKET).get(service);
    assert.ok(entry !== null);
    return entry.value;
  };
  const eventuallyDay = (service: string, spentUsd: number, reservedUsd: number) =>
    eventually(async () => {
      const { day } = await stateOf(service);
      assert.deepEqual([day.spentUsd, day.reservedUsd], [spentUsd, reservedUsd]);
    });
  const decide = async (serviceName: string, over: object = {}) =>
    (
      await api().post<DecisionAnswer>(
        `${ETC}/execute-coordination`,
        { serviceName, operation: 'call', ...over },
        { as: 'service' },
      )
    ).data;
  const report = (
    serviceName: string,
    { coordinationId, routingDecision }: DecisionAnswer,
    over: object = {},
  ) =>
    api().post(`${ETC}/report-outcome`, {
      ...{ serviceName, coordinationId, nodeId: routingDecision.selectedNode.nodeId },
      ...{ outcome: 'success', latencyMs: 100, ...over },
    });
  const check = async (serviceName: string, over: object = {}) => {
    const call = { operation: 'call', priority: 'HIGH', estimatedCost: 0.05, requestId: `r${++calls}` };
    const body = { serviceName, ...call, ...over };
    return (await api().post<AdmissionAnswer>('/external-services/check-rate-limit', body, { as: 'service' }))
      .data;
  };

  it('a decision reserves, its outcome settles at the price of the node that made the call', async () => {
    const decision = await decide('sendgrid');
    const cost = decision.routingDecision.estimatedCost;
    assert.ok(cost > 0);
    await eventuallyDay('sendgrid', 0, cost);
    await report('sendgrid', decision);
    await eventuallyDay('sendgrid', cost, 0);
    const failed = await decide('sendgrid');
    await report('sendgrid', failed, { outcome: 'connection_error' });
    await eventuallyDay('sendgrid', cost, 0);
  });

  it('a call that was admitted first is paid for once, by its reservation', async () => {
    const { reservationId } = await check('samsara', { estimatedCost: 0.06 });
    await eventuallyDay('samsara', 0, 0.06);
    const decision = await decide('samsara', { reservationId });
    await report('samsara', decision, { reservationId, actualCost: 0.051 });
    await eventuallyDay('samsara', 0.051, 0);
  });

  it('an emergency override pays past the cap for critical calls, and never twice', async () => {
    const limits = { burst: 1_000, sustainedPerHour: 1_000, daily: 1_000 };
    await api().put('/admin/budgets/stripe', { dailyUsd: 0.1, monthlyUsd: 100, throttleFrom: 1 });
    await api().put('/admin/rate-limits/stripe', limits);
    assert.equal((await check('stripe', { estimatedCost: 0.1 })).allowed, true);
    const critical = { priority: 'CRITICAL' };
    assert.deepEqual((await check('stripe', critical)).refusedBy, ['budget_day']);

    const begun = await api().post<OverrideAnswer>(`${ETC}/emergency-override`, {
      ...{ serviceName: 'stripe', emergencyReason: 'Payments are down', maxBudgetOverride: 0.5 },
      ...{ durationMinutes: 5, businessJustification: 'Every minute of this costs revenue' },
    });
    const { coordinationId } = begun.data.emergencyStatus;
    const escrow = async () => {
      const entry = await bus!.bucket<Escrow>('overrides').get('stripe');
      assert.ok(entry !== null);
      return entry.value.state;
    };
    await eventually(async () => assert.equal((await check('stripe', critical)).allowed, true));
    assert.deepEqual((await check('stripe')).refusedBy, ['budget_day'], 'HIGH does not pass on it');
    const asked = await Promise.all(Array.from({ length: 20 }, () => check('stripe', critical)));
    const admitted = asked.filter(({ allowed }) => allowed).length + 1;
    // Half a dollar is ten calls, of which the coordinator keeps what one call on the dearest node costs: 0.15.
    assert.ok(admitted >= 2 && admitted <= 10, `${admitted} calls`);
    const { terms, leases } = await escrow();
    const held = Object.values(leases).map(({ leasedMicroUsd }) => leasedMicroUsd);
    assert.ok(held.reduce((sum, part) => sum + part, 0) <= terms.amountMicroUsd, JSON.stringify(leases));
    assert.ok(leases['spend-ledger']!.leasedMicroUsd >= admitted * 50_000, JSON.stringify(leases));

    // What is paid is reported to the escrow, so that the override ends when its amount is gone.
    const paid = asked.find(({ allowed }) => allowed)!;
    const decision = await decide('stripe', { reservationId: paid.reservationId });
    await report('stripe', decision, { reservationId: paid.reservationId, actualCost: 0.05 });
    await eventually(async () => {
      assert.equal((await escrow()).leases['spend-ledger']?.spentMicroUsd, 50_000);
    });
    await api().delete(`${ETC}/emergency-override/${coordinationId}`);
    await eventually(async () => {
      assert.deepEqual((await check('stripe', critical)).refusedBy, ['budget_day']);
    });
  });

  it('an earlier version of a budget can be rolled back to, and is in force at once', async () => {
    const { data } = await api().get<{ items: { id: string; version: number }[] }>(
      '/admin/versions?object=budget:airtable',
    );
    const [shipped] = data.items;
    await api().put('/admin/budgets/airtable', { dailyUsd: 9, monthlyUsd: 90 });
    const rolledBack = await api().post(`/admin/versions/${shipped!.id}/rollback`, {});
    assert.equal(rolledBack.status, 200, JSON.stringify(rolledBack.body));
    await eventually(async () => {
      const live = await api().get<{ version: number; dailyUsd: number }>('/admin/budgets/airtable');
      assert.deepEqual([live.data.version, live.data.dailyUsd], [3, 1.2]);
    });
    assert.equal((await check('airtable')).budget.day.capUsd, 1.2);
  });
});
