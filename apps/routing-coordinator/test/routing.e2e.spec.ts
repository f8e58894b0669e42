import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  STRATEGY_NAMES,
  type CircuitChanged,
  type DecisionAnswer,
  type ErrorEvent,
  type ErrorEventAnswer,
  type OutcomeKind,
  type ServiceName,
} from '@signalbox/contracts';
import { aNode, aService, eventually } from '@signalbox/testkit';
import { outcomeOf } from './support/api.js';
import { configure, thresholds, twoFreshNodes } from './support/catalog.js';
import { withFleet } from './support/fleet.js';

const ETC = '/enhanced-traffic-coordination';

describe('routing', () => {
  const fleet = withFleet(['routing-a']);
  const coordinator = () => fleet.replica('routing-a');

  async function report(service: ServiceName, nodeId: string, outcomes: OutcomeKind[]): Promise<void> {
    for (const outcome of outcomes) await coordinator().report(outcomeOf(service, nodeId, outcome));
  }

  /** The next decision that is a probe of the node. */
  function probeOf(service: ServiceName, nodeId: string): Promise<DecisionAnswer> {
    return eventually(async () => {
      const decision = await coordinator().decide(service);
      assert.ok(decision.routingDecision.probe);
      assert.equal(decision.routingDecision.selectedNode.nodeId, nodeId);
      return decision;
    });
  }

  describe('outcomes', () => {
    it('move traffic to the node that does better', async () => {
      const { cheap, dear } = await twoFreshNodes(coordinator(), 'maps', {
        strategy: 'HEALTH_BASED',
        thresholds: thresholds({ failoverErrorRatio: 1 }),
      });
      await report('maps', dear, Array<OutcomeKind>(10).fill('success'));
      await report('maps', cheap, ['server_error', 'timeout', 'connection_error']);
      assert.equal(await coordinator().nodeFor('maps'), dear);
      await report('maps', dear, ['server_error', 'timeout', 'connection_error']);
      await report('maps', cheap, Array<OutcomeKind>(40).fill('success'));
      assert.equal(await coordinator().nodeFor('maps'), cheap);
    });

    it('never count against the node when they are the caller’s own errors', async () => {
      const { cheap } = await twoFreshNodes(coordinator(), 'maps');
      const before = (await coordinator().decide('maps')).routingDecision.selectedNode;
      await report('maps', cheap, Array<OutcomeKind>(20).fill('client_error'));
      const after = (await coordinator().decide('maps')).routingDecision.selectedNode;
      assert.equal(after.nodeId, cheap);
      assert.equal(after.successRate, before.successRate);
    });

    it('count once however often and by whatever way one is reported', async () => {
      const { cheap } = await twoFreshNodes(coordinator(), 'maps');
      const failure = () => outcomeOf('maps', cheap, 'server_error');
      const [twiceHttp, httpThenNats, natsThenHttp, twiceNats] = [failure(), failure(), failure(), failure()];
      assert.equal((await coordinator().report(twiceHttp)).recorded, true);
      assert.equal((await coordinator().report(twiceHttp)).recorded, false);
      assert.equal((await coordinator().report(httpThenNats)).recorded, true);
      await fleet.service.reportOutcome(httpThenNats);
      await fleet.service.reportOutcome(natsThenHttp);
      await fleet.service.reportOutcome(twiceNats, 'the-same-event');
      await fleet.service.reportOutcome(twiceNats, 'the-same-event');
      await fleet.service.reportOutcome(twiceNats, 'another-event');
      await fleet.service.allTaken('outcomes.reported', 'node-facts');
      assert.equal((await coordinator().report(natsThenHttp)).recorded, false);
      // Nine reports of four failures: one less than opens the circuit.
      assert.equal(await coordinator().exclusionOf('maps', cheap), undefined);
      await coordinator().report(failure());
      assert.equal((await coordinator().exclusionOf('maps', cheap))?.reason, 'circuit_open');
    });

    it('of a call that has no decision are taken all the same', async () => {
      const { cheap } = await twoFreshNodes(coordinator(), 'maps');
      assert.equal((await coordinator().report(outcomeOf('maps', cheap, 'success'))).recorded, true);
    });
  });

  describe('a circuit', () => {
    /** For how long it was opened: 80 to 100 % of the backoff, as both times are of the replica’s clock. */
    function assertOpenedFor(backoffMs: number, { occurredAt, openUntil }: CircuitChanged): void {
      const openMs = Date.parse(openUntil ?? '') - Date.parse(occurredAt);
      assert.ok(openMs >= 0.8 * backoffMs && openMs <= backoffMs, `${openMs} ms of ${backoffMs}`);
    }

    it('opens on five failures in a row', async () => {
      const { cheap, dear } = await twoFreshNodes(coordinator(), 'twilio');
      await report('twilio', cheap, Array<OutcomeKind>(4).fill('server_error'));
      assert.equal(await coordinator().nodeFor('twilio'), cheap);
      await report('twilio', cheap, ['timeout']);
      const { routingDecision } = await coordinator().decide('twilio');
      assert.equal(routingDecision.selectedNode.nodeId, dear);
      const [excluded] = routingDecision.excluded;
      assert.equal(excluded?.reason, 'circuit_open');
      assert.ok(Date.parse(excluded?.until ?? '') > Date.now(), excluded?.until);
    });

    it('is probed after its backoff, and closes on three successes', async () => {
      const backoff = thresholds({ retryBackoffMs: 500 });
      const { cheap, dear } = await twoFreshNodes(coordinator(), 'twilio', { thresholds: backoff });
      const told = await fleet.service.listen('circuits.changed', 'twilio');
      await report('twilio', cheap, Array<OutcomeKind>(5).fill('server_error'));
      for (let success = 1; success <= 3; success++) {
        const probe = await probeOf('twilio', cheap);
        assert.equal(await coordinator().nodeFor('twilio'), dear, 'one probe at a time');
        await coordinator().report(
          outcomeOf('twilio', cheap, 'success', { coordinationId: probe.coordinationId }),
        );
      }
      assert.equal(await coordinator().exclusionOf('twilio', cheap), undefined);
      await eventually(() =>
        assert.deepEqual(
          told.map(({ nodeId, from, to }) => [nodeId, from, to]),
          [
            [cheap, 'closed', 'open'],
            [cheap, 'open', 'half_open'],
            [cheap, 'half_open', 'closed'],
          ],
        ),
      );
      const [opened, probed] = told as [CircuitChanged, CircuitChanged];
      assertOpenedFor(500, opened);
      assert.ok(Date.parse(probed.occurredAt) >= Date.parse(opened.openUntil ?? ''), 'probed too early');
    });

    it('re-opens when a probe fails, for twice as long', async () => {
      const backoff = thresholds({ retryBackoffMs: 500 });
      const { cheap } = await twoFreshNodes(coordinator(), 'twilio', { thresholds: backoff });
      const told = await fleet.service.listen('circuits.changed', 'twilio');
      await report('twilio', cheap, Array<OutcomeKind>(5).fill('connection_error'));
      const { coordinationId } = await probeOf('twilio', cheap);
      await coordinator().report(outcomeOf('twilio', cheap, 'timeout', { coordinationId }));
      const [first, second] = await eventually(() => {
        const opened = told.filter(({ to }) => to === 'open');
        assert.ok(opened.length >= 2);
        return opened as [CircuitChanged, CircuitChanged];
      });
      assert.deepEqual([first.from, second.from], ['closed', 'half_open']);
      assertOpenedFor(500, first);
      assertOpenedFor(1_000, second);
    });

    it('opens when the error rate passes the threshold, successes in between or not', async () => {
      // A window that all of it falls into, however slowly it comes.
      const rate = thresholds({ failoverErrorRatio: 0.3, minimumOutcomes: 10, windowMs: 300_000 });
      const { cheap } = await twoFreshNodes(coordinator(), 'maps', { thresholds: rate });
      const third: OutcomeKind[] = ['success', 'server_error', 'success'];
      await report('maps', cheap, [...third, ...third, ...third]);
      assert.equal(await coordinator().exclusionOf('maps', cheap), undefined);
      // 4 of 10 is above 30 %.
      await report('maps', cheap, ['server_error']);
      assert.equal((await coordinator().exclusionOf('maps', cheap))?.reason, 'circuit_open');
    });

    it('of the last node of a service does not stop its calls', async () => {
      const last = aNode({ nodeId: 'the_last' });
      await configure(
        coordinator(),
        aService({ serviceName: 'airtable', thresholds: thresholds(), nodes: [last] }),
      );
      await report('airtable', 'the_last', Array<OutcomeKind>(5).fill('server_error'));
      const { routingDecision } = await coordinator().decide('airtable');
      assert.equal(routingDecision.selectedNode.nodeId, 'the_last');
      assert.equal(routingDecision.lastResort, 'soonest_to_recover');
      assert.equal(routingDecision.excluded[0]?.reason, 'circuit_open');
    });

    it('stays open by hand until it is reset by hand', async () => {
      const { cheap, dear } = await twoFreshNodes(coordinator(), 'maps');
      const act = (action: string) => coordinator().post(`/admin/nodes/${cheap}/circuit`, { action });
      assert.equal((await act('force_open')).status, 200);
      const { routingDecision } = await coordinator().decide('maps');
      assert.equal(routingDecision.selectedNode.nodeId, dear);
      assert.deepEqual(routingDecision.excluded, [
        { nodeId: cheap, reason: 'circuit_open', circuit: 'open' },
      ]);
      assert.equal((await act('reset')).status, 200);
      assert.equal(await coordinator().exclusionOf('maps', cheap), undefined);
    });
  });

  describe('a rate-limited node', () => {
    it('takes no calls until its Retry-After has passed', async () => {
      const { cheap, dear } = await twoFreshNodes(coordinator(), 'maps');
      const limitedMs = Date.now();
      await coordinator().report(outcomeOf('maps', cheap, 'rate_limited', { retryAfterSeconds: 60 }));
      const { routingDecision } = await coordinator().decide('maps');
      assert.equal(routingDecision.selectedNode.nodeId, dear);
      const [excluded] = routingDecision.excluded;
      assert.equal(excluded?.reason, 'rate_limited');
      assert.ok(Date.parse(excluded?.until ?? '') >= limitedMs + 60_000, excluded?.until);

      const dearLimitedMs = Date.now();
      await coordinator().report(outcomeOf('maps', dear, 'rate_limited', { retryAfterSeconds: 1 }));
      await eventually(async () => (await coordinator().exclusionOf('maps', dear)) === undefined);
      assert.ok(Date.now() >= dearLimitedMs + 1_000);
    });

    it('has its circuit opened by no run of 429', async () => {
      const { cheap } = await twoFreshNodes(coordinator(), 'maps');
      await report('maps', cheap, Array<OutcomeKind>(8).fill('rate_limited'));
      assert.equal((await coordinator().exclusionOf('maps', cheap))?.reason, 'rate_limited');
    });
  });

  describe('an error event re-routes the next decision', () => {
    const failing = (serviceName: ServiceName, nodeId: string): ErrorEvent => ({
      serviceName,
      errorType: 'outage',
      severity: 'high',
      errorMessage: 'Every other call times out',
      errorDetails: { failedProviders: [nodeId] },
    });

    it('when it comes by HTTP', async () => {
      const { cheap, dear } = await twoFreshNodes(coordinator(), 'sendgrid', { successFloor: 0.98 });
      assert.equal(await coordinator().nodeFor('sendgrid'), cheap);
      const answer = await coordinator().post<ErrorEventAnswer>(
        `${ETC}/backend-agent-error`,
        failing('sendgrid', cheap),
      );
      const { coordinationResult, backendAgentResponse } = answer.data;
      assert.equal(coordinationResult.routingDecision?.selectedNode.nodeId, dear);
      assert.equal(backendAgentResponse.errorHandled, true);
      assert.equal((await coordinator().exclusionOf('sendgrid', cheap))?.reason, 'below_floor');
      assert.equal(await coordinator().nodeFor('sendgrid'), dear);
    });

    it('when it comes by NATS', async () => {
      const { cheap, dear } = await twoFreshNodes(coordinator(), 'samsara', { successFloor: 0.98 });
      assert.equal(await coordinator().nodeFor('samsara'), cheap);
      await fleet.service.emitError(failing('samsara', cheap));
      await eventually(async () => (await coordinator().nodeFor('samsara')) === dear);
    });

    it('and not when it names no node of the service', async () => {
      const { cheap } = await twoFreshNodes(coordinator(), 'maps', { successFloor: 0.98 });
      const answer = await coordinator().post(`${ETC}/backend-agent-error`, {
        ...failing('maps', 'somebody_elses_node'),
        severity: 'low',
      });
      assert.equal(answer.status, 200);
      assert.equal(await coordinator().nodeFor('maps'), cheap);
    });
  });

  describe('a drained node', () => {
    it('takes no calls until it is undrained', async () => {
      const { cheap, dear } = await twoFreshNodes(coordinator(), 'maps');
      // Clients that always name a content type do so without a body too.
      const change = (verb: string) => coordinator().post(`/admin/nodes/${cheap}/${verb}`, '');
      assert.equal((await change('drain')).status, 200);
      const { routingDecision } = await coordinator().decide('maps');
      assert.equal(routingDecision.selectedNode.nodeId, dear);
      assert.deepEqual(routingDecision.excluded, [{ nodeId: cheap, reason: 'drained' }]);
      assert.equal((await change('undrain')).status, 200);
      assert.equal(await coordinator().exclusionOf('maps', cheap), undefined);
    });

    it('is not overruled when it is the last: 422 with every reason', async () => {
      const { cheap, dear } = await twoFreshNodes(coordinator(), 'maps');
      for (const nodeId of [cheap, dear]) await coordinator().post(`/admin/nodes/${nodeId}/drain`);
      const answer = await coordinator().ask('maps');
      assert.equal(answer.status, 422);
      assert.equal(answer.code, 'NO_ELIGIBLE_NODE');
      assert.deepEqual(answer.error.details, {
        excluded: [
          { nodeId: cheap, reason: 'drained' },
          { nodeId: dear, reason: 'drained' },
        ],
      });
    });
  });

  describe('money', () => {
    const within = (budget: { remainingBudget?: number; costPerRequestLimit?: number }) => ({
      routingContext: { budgetConstraints: budget },
    });

    it('excludes what one call may not cost, and what the budget does not cover', async () => {
      const { cheap, dear } = await twoFreshNodes(coordinator(), 'maps');
      for (const [budget, reason] of [
        [{ costPerRequestLimit: 0.02 }, 'over_cost_limit'],
        [{ remainingBudget: 0.02 }, 'over_budget'],
      ] as const) {
        const { routingDecision } = await coordinator().decide('maps', within(budget));
        assert.equal(routingDecision.selectedNode.nodeId, cheap);
        assert.deepEqual(routingDecision.excluded, [{ nodeId: dear, reason }]);
      }
    });

    it('is said to be what forbids a call, when it is: BUDGET_EXHAUSTED', async () => {
      await twoFreshNodes(coordinator(), 'maps');
      for (const budget of [{ costPerRequestLimit: 0.001 }, { remainingBudget: 0 }]) {
        const answer = await coordinator().ask('maps', within(budget));
        assert.equal(answer.status, 422);
        assert.equal(answer.code, 'BUDGET_EXHAUSTED');
      }
    });
  });

  describe('a decision', () => {
    it('goes by the strategy that the call asks for, each of the nine', async () => {
      const { cheap, dear } = await twoFreshNodes(coordinator(), 'maps');
      for (const strategy of STRATEGY_NAMES) {
        const { routingDecision } = await coordinator().decide('maps', {
          coordinationRequirements: { strategy },
        });
        assert.equal(routingDecision.routingStrategy, strategy);
        const ranked = [routingDecision.selectedNode, ...routingDecision.alternatives];
        assert.deepEqual(ranked.map(({ nodeId }) => nodeId).sort(), [cheap, dear]);
      }
    });

    it('is the same by NATS as by HTTP', async () => {
      const { cheap } = await twoFreshNodes(coordinator(), 'maps');
      const byHttp = await coordinator().decide('maps');
      const byNats = await fleet.service.requestDecision({ serviceName: 'maps', operation: 'test_call' });
      assert.ok(byNats.success);
      assert.equal(byNats.data.routingDecision.selectedNode.nodeId, cheap);
      assert.deepEqual(fieldsOf(byNats.data), fieldsOf(byHttp));
    });

    it('leaves an emergency node alone while no override runs', async () => {
      const { routingDecision } = await coordinator().decide('stripe');
      assert.deepEqual(routingDecision.excluded, [
        { nodeId: 'stripe_premium_emergency', reason: 'emergency_only' },
      ]);
    });
  });
});

function fieldsOf(value: object): string[] {
  return Object.entries(value).flatMap(([name, field]) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? fieldsOf(field as object).map((inner) => `${name}.${inner}`)
      : [name],
  );
}
