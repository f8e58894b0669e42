import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  ROLES,
  type CoordinationAnalytics,
  type DecisionAnswer,
  type DecisionRequest,
  type ErrorEventAnswer,
  type OverrideAnswer,
  type Role,
} from '@signalbox/contracts';
import { eventually } from '@signalbox/testkit';
import { isCountedByFleet, outcomeOf, tokenOf, type Answer, type Method } from './support/api.js';
import { withFleet } from './support/fleet.js';
import { ROUTES, type RouteRow } from './support/routes.js';

const ETC = '/enhanced-traffic-coordination';
const NO_OVERRIDE = 'emergency_1692140200_g7h8i9';
/** An attempt that a minute's end spoils takes most of one, and so may the next. */
const PATIENT = { timeoutMs: 120_000 };
const EXAMPLES = new URL('../../../../libs/contracts/examples/', import.meta.url);

function example(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, EXAMPLES), 'utf8'));
}

describe('the coordinator keeps its contract', () => {
  const fleet = withFleet(['contract-a']);
  const coordinator = () => fleet.replica('contract-a');

  function endOverride(overrideId: string, token?: string): Promise<Answer<unknown>> {
    const as = token === undefined ? 'admin' : { token };
    return coordinator().call('DELETE', `${ETC}/emergency-override/${overrideId}`, { as });
  }

  /** Calls a route so that being let in changes nothing: what takes a body gets a broken one. */
  function knock({ method, path }: RouteRow, as: Role | null): Promise<Answer<unknown>> {
    const takesBody = method === 'POST' || method === 'PUT';
    return coordinator().call(method, path, { as, ...(takesBody ? { body: '{"broken' } : {}) });
  }

  describe('the examples of the contract', () => {
    it('are served: a decision', async () => {
      const request = example('execute-coordination.request') as DecisionRequest;
      const answer = await coordinator().post<DecisionAnswer>(`${ETC}/execute-coordination`, request, {
        as: 'service',
      });
      assert.equal(answer.status, 200);
      assertShape(answer.body, example('execute-coordination.response'));
      // On an idle catalog it is the very decision of the example.
      const { routingDecision, businessOutcome } = answer.data;
      assert.equal(routingDecision.selectedNode.nodeId, 'stripe_primary_us_east');
      assert.equal(routingDecision.estimatedCost, 0.029);
      // 0.1 a call at most, less 0.029; (800 − 150) / 800 = 81.25 %.
      assert.equal(businessOutcome.estimatedCostSavings, 0.071);
      assert.equal(businessOutcome.estimatedPerformanceGain, 81.25);
    });

    it('are served: an error event', async () => {
      const request = example('backend-agent-error.request');
      const answer = await coordinator().post<ErrorEventAnswer>(`${ETC}/backend-agent-error`, request, {
        as: 'service',
      });
      assert.equal(answer.status, 200);
      assertShape(answer.body, example('backend-agent-error.response'));
      const { coordinationResult, backendAgentResponse } = answer.data;
      assert.equal(coordinationResult.routingDecision?.selectedNode.nodeId, 'samsara_backup');
      assert.equal(coordinationResult.optimizationDecision.selectedStrategy, 'AVAILABILITY_FOCUSED');
      assert.equal(backendAgentResponse.coordinationId, coordinationResult.coordinationId);
    });

    it('are served: an emergency override', async () => {
      const request = example('emergency-override.request');
      const answer = await coordinator().post<OverrideAnswer>(`${ETC}/emergency-override`, request);
      assert.equal(answer.status, 200);
      assertShape(answer.body, example('emergency-override.response'));
      const { emergencyStatus } = answer.data;
      assert.equal(emergencyStatus.maxBudgetOverride, 5000);
      assert.equal(emergencyStatus.durationMinutes, 30);
      assert.equal((await endOverride(emergencyStatus.coordinationId)).status, 200);
    });

    it('are served: analytics', async () => {
      const { coordinationId, routingDecision } = await coordinator().decide('stripe');
      const { nodeId } = routingDecision.selectedNode;
      await coordinator().report(outcomeOf('stripe', nodeId, 'success', { coordinationId }));
      const answer = await eventually(async () => {
        const given = await coordinator().get<CoordinationAnalytics>(`${ETC}/coordination-analytics`);
        assert.ok(given.data.successfulCoordinations > 0);
        return given;
      });
      const expected = example('coordination-analytics.response') as { data: { serviceBreakdown: object } };
      const { stripe } = expected.data.serviceBreakdown as { stripe: object };
      assertShape(answer.body, { ...expected, data: { ...expected.data, serviceBreakdown: { stripe } } });
      assert.equal(answer.data.totalServices, 6);
    });

    it('are served: performance metrics', async () => {
      const answer = await coordinator().get(`${ETC}/performance-metrics/stripe?timeframe=24h`);
      assertShape(answer.body, example('performance-metrics.response'));
    });

    it('are served: health', async () => {
      await eventually(async () => {
        assert.ok(await coordinator().isUp());
        const answer = await coordinator().get<{ status: string }>(`${ETC}/health`, { as: null });
        assert.equal(answer.status, 200);
        assertShape(answer.body, example('health.response'));
        assert.equal(answer.data.status, 'healthy');
      });
    });
  });

  describe('who may call what', () => {
    for (const route of ROUTES) {
      it(`${route.method} ${route.path}`, async () => {
        const { roles, perMinute } = route;
        const nobody = await knock(route, null);
        if (roles === 'anybody') {
          assert.equal(nobody.status, 200);
          assert.equal(nobody.headers.get('x-ratelimit-limit'), String(perMinute));
          return;
        }
        assert.equal(nobody.status, 401);
        assert.equal(nobody.code, 'UNAUTHENTICATED');
        for (const role of ROLES) {
          const answer: Answer<unknown> = await knock(route, role);
          const expected: string | number = roles.includes(role) ? 'let in' : 403;
          const seen = [401, 403].includes(answer.status) ? answer.status : 'let in';
          assert.equal(seen, expected, `${role}: ${JSON.stringify(answer.body)}`);
          assert.ok(answer.status < 500, `${role}: ${JSON.stringify(answer.body)}`);
          if (role !== 'service') {
            assert.equal(answer.headers.get('x-ratelimit-limit'), String(perMinute));
          }
        }
      });
    }

    it('other methods of a path get 405 with Allow, and other paths 404', async () => {
      const wrongMethod = await coordinator().call('DELETE', `${ETC}/execute-coordination`);
      assert.equal(wrongMethod.status, 405);
      assert.equal(wrongMethod.headers.get('allow'), 'POST');
      const nowhere = await coordinator().get('/enhanced-traffic-coordination/no-such-thing');
      assert.equal(nowhere.status, 404);
      assert.equal(nowhere.code, 'NOT_FOUND');
    });
  });

  describe('what does not exist is 404', () => {
    const paths: [Method, string, string, unknown?][] = [
      ['GET', `${ETC}/performance-metrics/paypal`, 'UNKNOWN_SERVICE'],
      ['GET', '/admin/catalog/services/paypal', 'UNKNOWN_SERVICE'],
      ['POST', '/admin/nodes/no_such_node/drain', 'UNKNOWN_NODE'],
      ['POST', '/admin/nodes/no_such_node/undrain', 'UNKNOWN_NODE'],
      ['POST', '/admin/nodes/no_such_node/circuit', 'UNKNOWN_NODE', { action: 'reset' }],
      ['GET', '/admin/nodes/no_such_node/credentials', 'UNKNOWN_NODE'],
      ['PUT', '/admin/nodes/no_such_node/credentials', 'UNKNOWN_NODE', { secret: 'x' }],
      ['POST', '/admin/nodes/no_such_node/credentials/revoke', 'UNKNOWN_NODE'],
      ['POST', `${ETC}/report-outcome`, 'UNKNOWN_NODE', outcomeOf('stripe', 'no_such_node', 'success')],
      ['POST', `${ETC}/report-outcome`, 'UNKNOWN_NODE', outcomeOf('stripe', 'maps_here', 'success')],
      ['DELETE', `${ETC}/emergency-override/${NO_OVERRIDE}`, 'NOT_FOUND'],
      ['GET', '/admin/versions/999999999', 'NOT_FOUND'],
      ['GET', '/admin/versions/not-a-number', 'NOT_FOUND'],
      ['POST', '/admin/versions/999999999/rollback', 'NOT_FOUND'],
    ];
    for (const [method, path, code, body] of paths) {
      it(`${method} ${path}: ${code}`, async () => {
        const answer = await coordinator().call(method, path, { body });
        assert.equal(answer.status, 404);
        assert.equal(answer.code, code);
      });
    }
  });

  describe('every answer', () => {
    it('echoes the correlation id of its caller, or brings one of its own', async () => {
      const headers = { 'X-Correlation-Id': 'order-4711' };
      const success = await coordinator().ask('maps', {}, { as: 'service', headers });
      assert.equal(success.headers.get('x-correlation-id'), 'order-4711');
      const failed = await coordinator().ask('maps', { operation: '' }, { as: 'service', headers });
      assert.equal(failed.headers.get('x-correlation-id'), 'order-4711');
      assert.equal((failed.body as { correlationId?: string }).correlationId, 'order-4711');
      const own = await coordinator().get(`${ETC}/no-such-thing`);
      assert.ok(own.headers.get('x-correlation-id'));
      assert.equal(
        (own.body as { correlationId?: string }).correlationId,
        own.headers.get('x-correlation-id'),
      );
    });

    it('says how much of the limit is left, and 429 with Retry-After beyond it', async () => {
      const { token, answers } = await eventually(async () => {
        const token = await tokenOf({ role: 'admin' });
        const answers: Answer<unknown>[] = [];
        for (let call = 1; call <= 11; call++) answers.push(await endOverride(NO_OVERRIDE, token));
        assert.ok(answers.every(isCountedByFleet));
        return { token, answers };
      }, PATIENT);
      const refused = answers.pop()!;
      for (const [index, { status, headers }] of answers.entries()) {
        assert.equal(status, 404);
        assert.equal(headers.get('x-ratelimit-limit'), '10');
        assert.equal(headers.get('x-ratelimit-remaining'), String(9 - index));
        assert.ok(Number(headers.get('x-ratelimit-reset')) <= 60);
      }
      assert.equal(refused.status, 429);
      assert.equal(refused.code, 'RATE_LIMITED');
      const retryAfter = Number(refused.headers.get('retry-after'));
      assert.ok(retryAfter >= 1 && retryAfter <= 60, String(retryAfter));
      // The limit is the caller's and the endpoint's own.
      assert.equal((await endOverride(NO_OVERRIDE)).status, 404);
      assert.equal((await coordinator().get('/admin/audit', { as: { token } })).status, 200);
    });

    it('limits the decisions of a person, and leaves services far more', async () => {
      // Windows of the decision path are minutes of the clock: all requests must fall into one.
      const minute = () => Math.floor(Date.now() / 60_000);
      const statuses = await eventually(async () => {
        const began = minute();
        const token = await tokenOf({ role: 'manager' });
        const asked = Array.from({ length: 305 }, () => coordinator().ask('maps', {}, { as: { token } }));
        const answers = await Promise.all(asked);
        assert.equal(minute(), began);
        assert.ok(answers.every(isCountedByFleet));
        return answers.map(({ status }) => status);
      }, PATIENT);
      assert.equal(statuses.filter((status) => status === 200).length, 300);
      assert.equal(statuses.filter((status) => status === 429).length, 5);
      const machine = await coordinator().ask('maps');
      assert.ok(Number(machine.headers.get('x-ratelimit-limit')) >= 60_000);
    });
  });
});

/** That `actual` has at least what `expected` shows, with the same types. Null stands for what was not measured. */
function assertShape(actual: unknown, expected: unknown, path = 'answer'): void {
  if (Array.isArray(expected)) {
    assert.ok(Array.isArray(actual), `${path} is no list`);
    for (const item of actual) assertShape(item, expected[0], `${path}[]`);
  } else if (typeof expected === 'object' && expected !== null) {
    assert.ok(typeof actual === 'object' && actual !== null, `${path} is no object`);
    for (const [name, value] of Object.entries(expected)) {
      assert.ok(name in actual, `${path}.${name} is missing`);
      assertShape((actual as Record<string, unknown>)[name], value, `${path}.${name}`);
    }
  } else if (actual !== null) {
    assert.equal(typeof actual, typeof expected, `${path} is ${JSON.stringify(actual)}`);
  }
}
