import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CostMonitoring, DecisionAnswer, VersionedService } from '@signalbox/contracts';
import { costOptimizer } from '@signalbox/cost-optimizer';
import { withHosted, type Answer } from '@signalbox/hosting/testing';
import { routingCoordinator } from '@signalbox/routing-coordinator';
import { eventually } from '@signalbox/testkit';

const DECIDE = '/enhanced-traffic-coordination/execute-coordination';
/** Every regular node of Samsara costs this in the test: what is spent is a count of calls. */
const PRICE_USD = 0.01;

const REPLICAS = ['a', 'b'];
/** A slice of a budget lasts a minute: what one had left, or one whose grant came too late to be drawn on, is back then. */
const UNTIL_SLICES_ARE_BACK = { timeoutMs: 150_000 };

describe('decisions inside a budget', () => {
  const fleet = withHosted([routingCoordinator, costOptimizer], REPLICAS);

  const decide = (id: string, serviceName: string, priority: string): Promise<Answer<DecisionAnswer>> =>
    fleet.process(id).post<DecisionAnswer>(
      DECIDE,
      {
        serviceName,
        operation: 'test_call',
        routingContext: { requestMetadata: { priority } },
      },
      { as: 'service' },
    );
  const costsOf = async (service: string, id = 'a') => {
    const { data } = await fleet.process(id).get<CostMonitoring>('/external-services/cost-monitoring');
    const found = data.services.find(({ serviceName }) => serviceName === service);
    assert.ok(found);
    return found;
  };
  /** Either replica may be asked to lend of a budget: both must know how much it is. */
  const isLive = (service: string, dailyUsd: number) =>
    eventually(async () => {
      for (const id of REPLICAS) assert.equal((await costsOf(service, id)).day.capUsd, dailyUsd, id);
    });
  const setUp = async (dailyUsd: number) => {
    const { data } = await fleet.process('a').get<VersionedService>('/admin/catalog/services/samsara');
    const nodes = data.service.nodes.map((node) => ({ ...node, costPerRequestUsd: PRICE_USD }));
    const put = await fleet.process('a').put('/admin/catalog/services/samsara', { ...data.service, nodes });
    assert.equal(put.status, 200);
    const budget = await fleet.process('a').put('/admin/budgets/samsara', { dailyUsd, monthlyUsd: 100 });
    assert.equal(budget.status, 200);
    await isLive('samsara', dailyUsd);
    await eventually(async () => {
      for (const id of REPLICAS) {
        const { data } = await fleet.process(id).get<VersionedService>('/admin/catalog/services/samsara');
        for (const { costPerRequestUsd } of data.service.nodes)
          assert.equal(costPerRequestUsd, PRICE_USD, id);
      }
    });
  };

  it('never spend more than it allows, on two replicas at once, and the refusal names it and its renewal', async () => {
    await setUp(1);
    let made = 0;
    let refusal: Answer<DecisionAnswer> | undefined;
    await eventually(async () => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, n) => decide(n % 2 === 0 ? 'a' : 'b', 'samsara', 'CRITICAL')),
      );
      for (const answer of answers) {
        if (answer.status === 200) made += 1;
        else refusal = answer;
      }
      assert.ok(made <= 100, `${made} calls at $${PRICE_USD} of a budget of $1`);
      // What is left at the end may be lent to the other replica: it comes back when it is not drawn.
      assert.ok(made >= 70 && answers.every(({ status }) => status !== 200), `${made} calls so far`);
    }, UNTIL_SLICES_ARE_BACK);
    assert.equal(refusal?.code, 'BUDGET_EXHAUSTED');
    const { budget } = refusal?.error.details as { budget: { budget: string; renewsAt: string } };
    assert.equal(budget.budget, 'samsara day');
    assert.ok(Date.parse(budget.renewsAt) > Date.now());
    await eventually(async () => {
      const { day } = await costsOf('samsara');
      assert.ok(Math.abs(day.spentUsd + day.reservedUsd - made * PRICE_USD) < 1e-9, JSON.stringify(day));
    }, UNTIL_SLICES_ARE_BACK);
  });

  it('are shed by priority when little of it is left: low ones first, critical ones not at all', async () => {
    await fleet.process('a').put('/admin/budgets/maps', { dailyUsd: 1, monthlyUsd: 100 });
    await isLive('maps', 1);
    // Ninety-three of a hundred cents are spoken for: a call of low priority has a chance of two in seven.
    const spent = await fleet.process('a').post('/external-services/check-rate-limit', {
      serviceName: 'maps',
      operation: 'geocode',
      priority: 'critical',
      estimatedCost: 0.93,
      requestId: 'most-of-it',
    });
    assert.equal(spent.status, 200);
    await eventually(async () => {
      const low = await decide('a', 'maps', 'LOW');
      assert.equal(low.code, 'TRAFFIC_SHED');
      assert.match(low.error.message, /maps day/);
      assert.ok(Number(low.headers.get('retry-after')) > 0);
    });
    await eventually(async () => assert.equal((await decide('a', 'maps', 'CRITICAL')).status, 200));
  });
});
