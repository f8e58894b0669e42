import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  CoordinationAnalytics,
  CoordinatorHealth,
  DecisionAnswer,
  DecisionRequest,
  OutcomeReport,
  Page,
  ServicePerformance,
} from '@signalbox/contracts';
import { aNode, aService, eventually } from '@signalbox/testkit';
import { outcomeOf, type Answer } from './support/api.js';
import { configure, thresholds, twoFreshNodes } from './support/catalog.js';
import { withFleet } from './support/fleet.js';
import { ROUTES } from './support/routes.js';

const ETC = '/enhanced-traffic-coordination';

interface Active {
  coordinationId: string;
  serviceName: string;
  nodeId: string;
}

interface Connection {
  kind: string;
  id: string;
  serviceName: string;
  events: number;
  state: string;
  lagMs: number | null;
  firstSeen: string;
  lastSeen: string;
}

describe('what is told of the past and the present', () => {
  const fleet = withFleet(['history-a']);
  const coordinator = () => fleet.replica('history-a');

  const analytics = async (query = ''): Promise<CoordinationAnalytics> =>
    (await coordinator().get<CoordinationAnalytics>(`${ETC}/coordination-analytics${query}`)).data;
  const performance = async (service: string): Promise<ServicePerformance> =>
    (await coordinator().get<ServicePerformance>(`${ETC}/performance-metrics/${service}`)).data;
  const active = async (query: string): Promise<Page<Active>> =>
    (await coordinator().get<Page<Active>>(`${ETC}/active-coordinations?${query}`)).data;

  it('is nothing but nulls and zeros before anything has happened', async () => {
    const { totalCoordinations, averageCoordinationTime, totalCostSavings, serviceBreakdown } =
      await analytics();
    assert.deepEqual(
      { totalCoordinations, averageCoordinationTime, totalCostSavings, serviceBreakdown },
      {
        totalCoordinations: 0,
        averageCoordinationTime: null,
        totalCostSavings: null,
        serviceBreakdown: {},
      },
    );
    const { performanceMetrics, businessImpact } = await performance('maps');
    assert.deepEqual(performanceMetrics, {
      averageCoordinationTime: null,
      successRate: null,
      backendIntegrationRate: null,
      costOptimization: null,
    });
    assert.equal(businessImpact.coordinationsHandled, 0);
    assert.equal(businessImpact.averageResolutionTime, null);
  });

  it('equals what was done, counted by hand', async () => {
    // History knows the second that a decision was made in.
    const from = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
    const { cheap } = await twoFreshNodes(coordinator(), 'maps');
    const integrated = { backendAgentContext: { errorStreamId: 'stream-1' } };
    const decisions: DecisionAnswer[] = [];
    const decide = async (request: Partial<DecisionRequest> = {}) => {
      decisions.push(await coordinator().decide('maps', request));
    };
    await decide(integrated);
    await decide(integrated);
    for (let call = 3; call <= 5; call++) await decide();
    const byNats = await fleet.service.requestDecision({ serviceName: 'maps', operation: 'geocode' });
    assert.ok(byNats.success);
    decisions.push(byNats.data);

    const report = (call: number, outcome: OutcomeReport['outcome'], more: Partial<OutcomeReport> = {}) =>
      outcomeOf('maps', cheap, outcome, { coordinationId: decisions[call]?.coordinationId, ...more });
    await coordinator().report(report(0, 'success', { actualCost: 0.004 }));
    await coordinator().report(report(0, 'success', { actualCost: 0.004 }));
    await coordinator().report(report(1, 'success'));
    await fleet.service.reportOutcome(report(2, 'success', { actualCost: 0.01 }));
    await fleet.service.reportOutcome(report(2, 'success', { actualCost: 0.01 }));
    await coordinator().report(report(3, 'server_error', { actualCost: 0 }));
    await coordinator().report(report(4, 'client_error', { actualCost: 0.02 }));
    // What is in flight is known from what this replica took, which history may be ahead of.
    await fleet.service.allTaken('outcomes.reported', 'node-facts');

    // Decided 6, integrated 2 of them: 33.33 %. Settled 4 (the caller's own error left out), 3 well: 75 %.
    // Saved against $0.01 a call: 0.006 + 0 + 0 + 0.01 − 0.01 = $0.006 by 5 calls, $0.0012 each.
    const shown = await eventually(async () => {
      const figures = await analytics(`?from=${from}`);
      assert.deepEqual(figures.serviceBreakdown, {
        maps: { coordinations: 6, successRate: 75, avgCostSavings: 0.0012, backendIntegrationRate: 33.33 },
      });
      return figures;
    });
    assert.equal(shown.totalServices, 6);
    assert.equal(shown.totalCoordinations, 6);
    assert.equal(shown.successfulCoordinations, 3);
    assert.equal(shown.totalCostSavings, 0.006);
    assert.equal(shown.backendIntegrationRate, 33.33);
    assert.equal(shown.emergencyActivations, 0);
    const meanMs =
      decisions.reduce((sum, { performanceMetrics }) => sum + performanceMetrics.totalCoordinationTime, 0) /
      6;
    assert.ok(Math.abs((shown.averageCoordinationTime ?? NaN) - meanMs) <= 0.01, String(meanMs));

    const { performanceMetrics, businessImpact, systemHealth } = await performance('maps');
    assert.equal(performanceMetrics.successRate, 75);
    assert.equal(performanceMetrics.costOptimization, 0.0012);
    assert.equal(businessImpact.coordinationsHandled, 6);
    assert.equal(businessImpact.totalCostSavings, 0.006);
    assert.equal(systemHealth.activeCoordinations, 1);
    assert.equal((await analytics(`?to=${from}`)).totalCoordinations, 0);

    // The one that was never reported.
    const { items } = await active('serviceName=maps');
    assert.deepEqual(
      items.map(({ coordinationId, nodeId }) => ({ coordinationId, nodeId })),
      [{ coordinationId: decisions[5]?.coordinationId, nodeId: cheap }],
    );
  });

  it('lists calls in flight at once, oldest first, in pages that lead through all of them once', async () => {
    await twoFreshNodes(coordinator(), 'twilio');
    const decided: string[] = [];
    for (let call = 0; call < 5; call++) {
      decided.push((await coordinator().decide('twilio')).coordinationId);
      const [newest] = (await active('serviceName=twilio&limit=500')).items.slice(-1);
      assert.equal(newest?.coordinationId, decided.at(-1));
    }
    await eventually(async () => {
      const paged: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const at: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
        const page: Page<Active> = await active(`serviceName=twilio&limit=2${at}`);
        assert.ok(page.items.length <= 2);
        paged.push(...page.items.map(({ coordinationId }) => coordinationId));
        cursor = page.nextCursor;
      }
      assert.deepEqual(paged.sort(), [...decided].sort());
    });
    const all = (await active('limit=500')).items;
    assert.ok(all.some(({ serviceName }) => serviceName === 'maps'));
  });

  it('knows every error stream, recovery strategy and monitoring session, and its events', async () => {
    const named = {
      streamId: 'stream-9',
      recoveryStrategyId: 'strategy-9',
      monitoringSessionId: 'session-9',
    };
    const error = {
      serviceName: 'airtable' as const,
      errorType: 'slow',
      severity: 'low' as const,
      errorMessage: 'Slower than usual',
      ...named,
    };
    await configure(
      coordinator(),
      aService({
        serviceName: 'airtable',
        thresholds: thresholds(),
        nodes: [aNode({ nodeId: 'airtable_primary' })],
      }),
    );
    await coordinator().post(`${ETC}/backend-agent-error`, error);
    await fleet.service.emitError(error);
    await coordinator().decide('airtable', {
      backendAgentContext: { errorStreamId: 'stream-9', monitoringSessionId: 'session-10' },
    });
    await eventually(async () => {
      const path = `${ETC}/backend-agent-connections?limit=500`;
      const { items } = (await coordinator().get<Page<Connection>>(path)).data;
      const found = items.filter(({ serviceName }) => serviceName === 'airtable');
      assert.deepEqual(
        found.map(({ kind, id, events, state }) => [kind, id, events, state]),
        [
          ['error_stream', 'stream-9', 2, 'active'],
          ['monitoring_session', 'session-10', 0, 'active'],
          ['monitoring_session', 'session-9', 2, 'active'],
          ['recovery_strategy', 'strategy-9', 2, 'active'],
        ],
      );
      for (const { events, lagMs, firstSeen, lastSeen } of found) {
        assert.ok(events === 0 ? lagMs === null : lagMs !== null && lagMs >= 0 && lagMs < 60_000);
        assert.ok(Date.parse(firstSeen) <= Date.parse(lastSeen));
      }
    });
  });

  it('counts what is open in the health of the coordinator', async () => {
    const { activeCoordinations, backendConnections } = await eventually(async () => {
      const { data } = await coordinator().get<CoordinatorHealth>(`${ETC}/health`, { as: null });
      assert.deepEqual([data.status, data.reasons], ['healthy', []]);
      return data;
    });
    // maps 1, twilio 5, airtable 1; stream-1 of maps and the four of airtable.
    assert.equal(activeCoordinations, 7);
    assert.equal(backendConnections, 5);
  });

  it('has the decisions in /metrics, by service, node and strategy', async () => {
    const text = await (await fetch(`${coordinator().url}/metrics`)).text();
    const decisions = text.split('\n').filter((line) => line.startsWith('signalbox_decisions_total{'));
    const ofAirtable = decisions.filter((line) => line.includes('service="airtable"'));
    assert.equal(ofAirtable.length, 1);
    assert.match(ofAirtable[0] ?? '', /node="airtable_primary".*strategy="HEALTH_BASED".* 1$/);
    const ofTwilio = decisions.filter((line) => line.includes('service="twilio"'));
    const total = ofTwilio.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    assert.equal(total, 5);
    assert.match(text, /signalbox_dependency_up\{.*dependency="nats".*\} 1/);
  });

  it('documents every route, its roles and its limit at /docs/json', async () => {
    const document = (await (await fetch(`${coordinator().url}/docs/json`)).json()) as {
      paths: Record<string, Record<string, { 'x-roles'?: string[]; 'x-limit-per-minute'?: number }>>;
    };
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({ path, method, operation })),
    );
    assert.equal(documented.length, ROUTES.length);
    for (const { method, path, roles, perMinute } of ROUTES) {
      const found = documented.find(
        (candidate) => candidate.method === method.toLowerCase() && matches(candidate.path, `/api/v1${path}`),
      );
      assert.ok(found, `${method} ${path}`);
      assert.deepEqual(found.operation['x-roles'] ?? 'anybody', roles);
      assert.equal(found.operation['x-limit-per-minute'], perMinute);
    }
  });

  it('says what it was asked wrongly in words, and nothing of its inside', async () => {
    const answers: Answer<unknown>[] = [
      await coordinator().get(`${ETC}/performance-metrics/maps?timeframe=2h`),
      await coordinator().get('/admin/versions/0'),
      await coordinator().get('/nowhere'),
    ];
    for (const { body } of answers) {
      assert.doesNotMatch(JSON.stringify(body), /node_modules|\.ts|\.js|SELECT|postgres|stack/i);
    }
  });
});

/** `/admin/nodes/{nodeId}/drain` and a path of it. */
function matches(template: string, path: string): boolean {
  return new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(path);
}
