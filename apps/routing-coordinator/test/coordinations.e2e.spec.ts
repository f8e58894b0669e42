import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  reportSubject,
  type CoordinationDetail,
  type CoordinationSummary,
  type DecisionAnswer,
  type Envelope,
  type Page,
  type ServiceName,
  type ServiceRouting,
} from '@signalbox/contracts';
import { tokenOf } from '@signalbox/hosting/testing';
import { Database } from '@signalbox/persistence';
import { eventually } from '@signalbox/testkit';
import { outcomeOf } from './support/api.js';
import { errorEvent } from './support/bodies.js';
import { withFleet } from './support/fleet.js';

const PATH = '/enhanced-traffic-coordination/coordinations';
const PATIENT = { timeoutMs: 60_000 };

describe('decisions on record', () => {
  const fleet = withFleet(['records-a', 'records-b']);
  const one = () => fleet.replica('records-a');
  const other = () => fleet.replica('records-b');

  const decide = async (serviceName: ServiceName): Promise<DecisionAnswer> => {
    const answer = await one().ask(serviceName);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.data;
  };
  const found = (coordinationId: string) =>
    eventually(async () => {
      const answer = await other().get<CoordinationDetail>(`${PATH}/${coordinationId}`);
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      return answer.data;
    }, PATIENT);
  const list = async (query: string, services?: ServiceName[]): Promise<CoordinationSummary[]> => {
    const token = await tokenOf({ role: 'user', ...(services === undefined ? {} : { services }) });
    return (await other().get<Page<CoordinationSummary>>(`${PATH}${query}`, { as: { token } })).data.items;
  };

  it('tell on any replica why a node was chosen, in the words it was answered with', async () => {
    await one().post(`/admin/nodes/stripe_secondary_us_west/circuit`, {
      action: 'force_open',
      reason: 'look',
    });
    const answered = await eventually(async () => {
      const decision = await decide('stripe');
      assert.ok(decision.routingDecision.excluded.some(({ reason }) => reason === 'circuit_open'));
      return decision;
    }, PATIENT);
    const { coordinationId, routingDecision } = answered;
    const { decision, ...summary } = await found(coordinationId);
    assert.deepEqual(decision, answered);
    assert.deepEqual(
      { ...summary, caller: null },
      {
        ...{ coordinationId, serviceName: 'stripe', operation: summary.operation, caller: null },
        nodeId: routingDecision.selectedNode.nodeId,
        strategy: routingDecision.routingStrategy,
        decidedAt: answered.metadata.decidedAt,
        ...{ outcome: null, latencyMs: null, priority: summary.priority, baselineCost: summary.baselineCost },
      },
    );

    const { nodeId } = routingDecision.selectedNode;
    await one().report(outcomeOf('stripe', nodeId, 'timeout', { coordinationId, latencyMs: 1_234 }));
    await eventually(async () => {
      const { outcome, latencyMs } = await found(coordinationId);
      assert.deepEqual([outcome, latencyMs], ['timeout', 1_234]);
    }, PATIENT);
  });

  it('keep the name that a node had when it was chosen', async () => {
    const { routingDecision, coordinationId } = await decide('maps');
    const { selectedNode } = routingDecision;
    await found(coordinationId);
    const { data } = await one().get<{ service: { nodes: { nodeId: string; providerName: string }[] } }>(
      '/admin/catalog/services/maps',
    );
    const nodes = data.service.nodes.map((node) => ({ ...node, providerName: 'Renamed' }));
    assert.equal((await one().put('/admin/catalog/services/maps', { ...data.service, nodes })).status, 200);
    assert.deepEqual((await found(coordinationId)).decision.routingDecision.selectedNode, selectedNode);
  });

  it('are listed newest first, of one service or all, and never of one that a token does not name', async () => {
    const decided = [await decide('twilio'), await decide('samsara'), await decide('twilio')];
    for (const { coordinationId } of decided) await found(coordinationId);
    const idsOf = (items: CoordinationSummary[]) => items.map(({ coordinationId }) => coordinationId);

    const twilio = await list('?serviceName=twilio');
    assert.deepEqual(
      idsOf(twilio).sort(),
      [decided[0]!, decided[2]!].map(({ coordinationId }) => coordinationId).sort(),
    );
    const all = await list('');
    // To the second in which the call was taken, which its id tells: it may have been answered in the next one.
    const seconds = idsOf(all).map((coordinationId) => Number(coordinationId.split('_').at(-2)));
    assert.deepEqual(
      seconds,
      seconds.toSorted((a, b) => b - a),
    );
    assert.ok(decided.every(({ coordinationId }) => idsOf(all).includes(coordinationId)));
    assert.deepEqual(idsOf(await list('', ['samsara'])), [decided[1]!.coordinationId]);

    const limited = { as: { token: await tokenOf({ role: 'user', services: ['samsara'] }) } };
    assert.equal((await other().get(`${PATH}?serviceName=twilio`, limited)).code, 'SERVICE_NOT_ALLOWED');
    const refused = await other().get(`${PATH}/${decided[0]!.coordinationId}`, limited);
    assert.equal(refused.code, 'SERVICE_NOT_ALLOWED');
    assert.deepEqual((await other().get(`${PATH}?serviceName=nope`)).badFields, ['serviceName']);
    assert.deepEqual((await other().get(`${PATH}?cursor=nope`)).badFields, ['cursor']);
  });

  it('are 404 where none is, and where what was recorded does not say why', async () => {
    const { coordinationId } = await decide('stripe');
    await found(coordinationId);
    const unknown = await other().get(`${PATH}/${coordinationId.slice(0, -2)}zz`);
    assert.deepEqual([unknown.status, unknown.code], [404, 'NOT_FOUND']);
    assert.match(unknown.error.message, /No decision of this id/);
    assert.equal((await other().get(`${PATH}/nonsense`)).status, 404);

    const database = new Database({ url: fleet.servers.databaseUrl, connectTimeoutMs: 30_000 });
    await database.query('UPDATE decisions SET details = NULL WHERE coordination_id = $1', [coordinationId]);
    await database.close();
    const incomplete = await other().get(`${PATH}/${coordinationId}`);
    assert.deepEqual([incomplete.status, incomplete.code], [404, 'NOT_FOUND']);
    assert.match(incomplete.error.message, /recorded before the figures/);
    assert.ok((await list('')).some((summary) => summary.coordinationId === coordinationId));
  });

  it('are summed up with what is asked of it in the report that gateways ask for', async () => {
    for (let call = 0; call < 5; call++) {
      const { coordinationId, routingDecision } = await decide('sendgrid');
      const { nodeId } = routingDecision.selectedNode;
      await one().report(outcomeOf('sendgrid', nodeId, 'success', { coordinationId, latencyMs: 100 }));
    }
    await eventually(async () => {
      const critical = { ...errorEvent, serviceName: 'sendgrid', severity: 'critical', errorDetails: {} };
      await other().post('/enhanced-traffic-coordination/backend-agent-error', critical);
      const answer = await fleet.service.connection.request(reportSubject('service-routing'), '{}', {
        timeout: 10_000,
      });
      const report = answer.json<Envelope<{ items: ServiceRouting[] }>>();
      assert.ok(report.success);
      const traffic = report.data.items.find(({ serviceName }) => serviceName === 'sendgrid')?.traffic;
      assert.ok(traffic !== undefined && traffic.criticalErrors > 0);
      assert.equal(traffic.latencyMs.mean, 100);
      assert.ok(Math.abs(traffic.latencyMs.p95! - 100) <= 1);
      assert.equal(traffic.utilization, null);
    }, PATIENT);
  });
});
