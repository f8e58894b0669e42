import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CoordinatorHealth, OutcomeKind, ServiceName, ServicePerformance } from '@signalbox/contracts';
import { eventually } from '@signalbox/testkit';
import { isCountedByFleet, outcomeOf, tokenOf, type Answer } from './support/api.js';
import { thresholds, twoFreshNodes, type TwoNodes } from './support/catalog.js';
import { withFleet, type Replica } from './support/fleet.js';

const ETC = '/enhanced-traffic-coordination';

describe('two replicas', () => {
  const fleet = withFleet(['replica-a', 'replica-b']);
  const a = () => fleet.replica('replica-a');
  const b = () => fleet.replica('replica-b');

  async function onBoth(...[service, config]: [ServiceName, Parameters<typeof twoFreshNodes>[2]?]) {
    const nodes: TwoNodes = await twoFreshNodes(a(), service, config);
    await eventually(async () => (await b().nodeFor(service)) === nodes.cheap);
    return nodes;
  }

  const healthOf = async (api: Replica, service: ServiceName): Promise<Record<string, number>> =>
    (await api.get<ServicePerformance>(`${ETC}/performance-metrics/${service}`)).data.systemHealth
      .providerHealth;

  /** Calls of the service that the replica decided and that are not over yet. */
  const openOn = async (api: Replica, service: ServiceName): Promise<number> =>
    (await api.get<ServicePerformance>(`${ETC}/performance-metrics/${service}`)).data.systemHealth
      .activeCoordinations;

  /**
   * Resolves when each has heard from the other all that it knew of the service: an outcome that says nothing of a
   * node is told to each, of a call that the other one decided, and travels with the rest.
   */
  async function haveToldEachOther(service: ServiceName): Promise<void> {
    for (const [teller, hearer] of [
      [a(), b()],
      [b(), a()],
    ] as const) {
      const before = await openOn(hearer, service);
      const { coordinationId, routingDecision } = await hearer.decide(service);
      const { nodeId } = routingDecision.selectedNode;
      await teller.report(outcomeOf(service, nodeId, 'client_error', { coordinationId }));
      await eventually(async () => assert.equal(await openOn(hearer, service), before));
    }
  }

  describe('learn from each other', () => {
    it('an error that one is told of: the next decision on the other goes elsewhere', async () => {
      const { cheap, dear } = await onBoth('samsara', { successFloor: 0.98 });
      await a().post(`${ETC}/backend-agent-error`, {
        serviceName: 'samsara',
        errorType: 'outage',
        severity: 'high',
        errorMessage: 'Every other call times out',
        errorDetails: { failedProviders: [cheap] },
      });
      await eventually(async () => (await b().nodeFor('samsara')) === dear);
    });

    it('what became of calls: both come to hold the same of a node', async () => {
      const { cheap, dear } = await onBoth('maps', { thresholds: thresholds({ failoverErrorRatio: 1 }) });
      const before = await healthOf(b(), 'maps');
      const outcomes: [string, OutcomeKind][] = [
        ...Array<[string, OutcomeKind]>(6).fill([cheap, 'success']),
        [cheap, 'server_error'],
        [cheap, 'timeout'],
        ...Array<[string, OutcomeKind]>(6).fill([dear, 'success']),
      ];
      for (const [nodeId, outcome] of outcomes) await a().report(outcomeOf('maps', nodeId, outcome));
      await haveToldEachOther('maps');
      const [here, there] = [await healthOf(a(), 'maps'), await healthOf(b(), 'maps')];
      for (const nodeId of [cheap, dear]) {
        // They saw it some 100 ms apart, and the figures are rounded.
        assert.ok(
          Math.abs((here[nodeId] ?? NaN) - (there[nodeId] ?? NaN)) <= 1,
          JSON.stringify([here, there]),
        );
      }
      assert.ok((there[cheap] ?? NaN) < (before[cheap] ?? NaN), JSON.stringify(there));
    });

    it('a 429 with Retry-After', async () => {
      const { cheap, dear } = await onBoth('maps');
      await a().report(outcomeOf('maps', cheap, 'rate_limited', { retryAfterSeconds: 60 }));
      await eventually(async () => (await b().nodeFor('maps')) === dear);
      assert.equal((await b().exclusionOf('maps', cheap))?.reason, 'rate_limited');
    });

    it('that a call is over which the other one decided', async () => {
      await onBoth('twilio');
      const before = await openOn(b(), 'twilio');
      const { coordinationId, routingDecision } = await b().decide('twilio');
      assert.equal(await openOn(b(), 'twilio'), before + 1);
      await a().report(
        outcomeOf('twilio', routingDecision.selectedNode.nodeId, 'success', { coordinationId }),
      );
      await eventually(async () => assert.equal(await openOn(b(), 'twilio'), before));
    });
  });

  describe('count once', () => {
    it('a run of failures that both see a part of', async () => {
      const { cheap, dear } = await onBoth('maps');
      const fail = (api: Replica) => api.report(outcomeOf('maps', cheap, 'server_error'));
      await fail(a());
      await fail(b());
      await fail(a());
      await fail(b());
      assert.equal(await a().nodeFor('maps'), cheap);
      assert.equal(await b().nodeFor('maps'), cheap);
      await fail(a());
      for (const replica of [a(), b()]) {
        await eventually(async () => {
          const { routingDecision } = await replica.decide('maps');
          assert.equal(routingDecision.selectedNode.nodeId, dear);
          assert.equal(routingDecision.excluded[0]?.reason, 'circuit_open');
        });
      }
    });

    it('an outcome that is published on NATS', async () => {
      const { cheap } = await onBoth('maps');
      for (let failure = 1; failure <= 4; failure++) {
        await fleet.service.reportOutcome(outcomeOf('maps', cheap, 'server_error'));
      }
      await fleet.service.allTaken('outcomes.reported', 'node-facts');
      await haveToldEachOther('maps');
      // One of the four counted twice would have opened the circuit.
      for (const replica of [a(), b()]) {
        assert.equal(await replica.exclusionOf('maps', cheap), undefined);
      }
      await fleet.service.reportOutcome(outcomeOf('maps', cheap, 'server_error'));
      for (const replica of [a(), b()]) {
        await eventually(async () => (await replica.exclusionOf('maps', cheap))?.reason === 'circuit_open');
      }
    });

    it('an outcome that is reported to both at the same time', async () => {
      const { cheap } = await onBoth('maps');
      for (let call = 0; call < 20; call++) {
        const report = outcomeOf('maps', cheap, 'success');
        const receipts = await Promise.all([a().report(report), b().report(report)]);
        assert.deepEqual(receipts.map(({ recorded }) => recorded).sort(), [false, true]);
      }
    });

    it('the requests of a person, against one limit', async () => {
      const path = `${ETC}/emergency-override/emergency_1692140200_g7h8i9`;
      const statuses = await eventually(async () => {
        const as = { token: await tokenOf({ role: 'admin' }) };
        const answers: Answer<unknown>[] = [];
        for (let call = 0; call < 12; call++) {
          answers.push(await (call % 2 === 0 ? a() : b()).call('DELETE', path, { as }));
        }
        assert.ok(answers.every(isCountedByFleet));
        return answers.map(({ status }) => status);
      });
      assert.deepEqual(statuses, [...Array<number>(10).fill(404), 429, 429]);
    });
  });

  describe('share circuits', () => {
    it('opened and reset by hand', async () => {
      const { cheap } = await onBoth('maps');
      await a().post(`/admin/nodes/${cheap}/circuit`, { action: 'force_open' });
      await eventually(async () => (await b().exclusionOf('maps', cheap))?.reason === 'circuit_open');
      await b().post(`/admin/nodes/${cheap}/circuit`, { action: 'reset' });
      await eventually(async () => (await a().exclusionOf('maps', cheap)) === undefined);
    });

    it('and send one probe at a time in the whole fleet, until three successes close it for both', async () => {
      const { cheap } = await onBoth('sendgrid', { thresholds: thresholds({ retryBackoffMs: 300 }) });
      for (let failure = 0; failure < 5; failure++) {
        await a().report(outcomeOf('sendgrid', cheap, 'server_error'));
      }
      /** Many calls at once on both; those that were sent as probes, with the replica that sent them. */
      const probesAmong = async (calls: number) => {
        const asked = Array.from({ length: calls }, () =>
          [a(), b()].map(async (replica) => ({ replica, decision: await replica.decide('sendgrid') })),
        );
        return (await Promise.all(asked.flat())).filter(({ decision }) => decision.routingDecision.probe);
      };
      for (let success = 1; success <= 3; success++) {
        const probes = await eventually(async () => {
          const found = await probesAmong(5);
          assert.ok(found.length > 0);
          return found;
        });
        assert.deepEqual(
          probes.map(({ decision }) => decision.routingDecision.selectedNode.nodeId),
          [cheap],
        );
        assert.equal((await probesAmong(10)).length, 0, 'a second probe while the first is under way');
        const [{ replica, decision }] = probes as [(typeof probes)[0]];
        // Its outcome comes to the other replica than the one that sent it.
        const other = replica === a() ? b() : a();
        await other.report(
          outcomeOf('sendgrid', cheap, 'success', { coordinationId: decision.coordinationId }),
        );
      }
      for (const replica of [a(), b()]) {
        await eventually(async () => (await replica.exclusionOf('sendgrid', cheap)) === undefined);
      }
    });
  });

  it('run one recovery for an error that both hear of', async () => {
    const { cheap } = await onBoth('airtable', { successFloor: 0.98 });
    const told = await fleet.service.listen('recoveries.changed', 'airtable');
    const event = await fleet.service.emitError({
      serviceName: 'airtable',
      errorType: 'outage',
      severity: 'critical',
      errorMessage: 'Nothing answers',
      errorDetails: { failedProviders: [cheap] },
    });
    for (const replica of [a(), b()]) {
      await eventually(async () => {
        const { backendAgentIntegration } = await replica.decide('airtable');
        assert.equal(backendAgentIntegration.recoveryStrategyActivated, true);
      });
    }
    await eventually(() => told.length > 0);
    await a().post(`${ETC}/backend-agent-error`, {
      serviceName: 'airtable',
      errorType: 'outage',
      severity: 'critical',
      errorMessage: 'Still nothing',
      errorDetails: { failedProviders: [cheap] },
    });
    assert.equal(new Set(told.map(({ activationId }) => activationId)).size, 1, JSON.stringify(told));
    assert.equal(told[0]?.triggerEventId, event.eventId);
    assert.deepEqual(told[0]?.failedNodeIds, [cheap]);
  });

  it('both say that they are well', async () => {
    for (const replica of [a(), b()]) {
      await eventually(async () => {
        const health = await replica.get<CoordinatorHealth>(`${ETC}/health`, { as: null });
        assert.equal(health.data.status, 'healthy');
      });
    }
  });
});
