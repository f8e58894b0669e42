import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ROLES,
  SERVICE_NAMES,
  type Budget,
  type CostMonitoring,
  type RateLimit,
  type Role,
} from '@signalbox/contracts';
import { tokenOf, type CallOptions, type Method } from '@signalbox/hosting/testing';
import { eventually } from '@signalbox/testkit';
import { aCall, untilAnswered, withCosts } from './support/outside.js';

interface RouteRow {
  method: Method;
  path: string;
  roles: readonly Role[];
  perMinute: number;
}

const EXTERNAL = '/external-services';
const A: readonly Role[] = ['admin'];
const AM: readonly Role[] = ['admin', 'manager'];
const AMU: readonly Role[] = ['admin', 'manager', 'user'];

/** The tables of the contract; it leaves the limits of `/admin` to the app, 10 to 300. */
const ROUTES: readonly RouteRow[] = [
  { method: 'GET', path: `${EXTERNAL}/cost-monitoring`, roles: AMU, perMinute: 60 },
  { method: 'POST', path: `${EXTERNAL}/budget-alert`, roles: AM, perMinute: 30 },
  { method: 'GET', path: `${EXTERNAL}/stripe/rate-limit`, roles: [...AMU, 'service'], perMinute: 120 },
  { method: 'POST', path: `${EXTERNAL}/check-rate-limit`, roles: [...AM, 'service'], perMinute: 300 },
  { method: 'GET', path: '/admin/budgets/stripe', roles: AM, perMinute: 60 },
  { method: 'PUT', path: '/admin/budgets/stripe', roles: A, perMinute: 30 },
  { method: 'GET', path: '/admin/rate-limits/stripe', roles: AM, perMinute: 60 },
  { method: 'PUT', path: '/admin/rate-limits/stripe', roles: A, perMinute: 30 },
];

describe('the cost optimizer keeps its contract', () => {
  const costs = withCosts();
  const app = () => costs.hosted.process('a');

  describe('who may call what', () => {
    for (const { method, path, roles, perMinute } of ROUTES) {
      it(`${method} ${path}`, async () => {
        // What takes a body gets a broken one, so that being let in changes nothing.
        const body = method === 'GET' ? {} : { body: '{"broken' };
        const nobody = await app().call(method, path, { as: null, ...body });
        assert.deepEqual([nobody.status, nobody.code], [401, 'UNAUTHENTICATED']);
        for (const role of ROLES) {
          const answer = await untilAnswered(() => app().call(method, path, { as: role, ...body }));
          const seen = [401, 403].includes(answer.status) ? answer.status : 'let in';
          assert.equal(
            seen,
            roles.includes(role) ? 'let in' : 403,
            `${role}: ${JSON.stringify(answer.body)}`,
          );
          assert.ok(answer.status < 500, JSON.stringify(answer.body));
          if (role !== 'service') assert.equal(answer.headers.get('x-ratelimit-limit'), String(perMinute));
        }
      });
    }
  });

  describe('a body that breaks the contract is refused whole, naming every bad field', () => {
    const call = aCall('maps');
    const budget: Budget = { dailyUsd: 1, monthlyUsd: 10 };
    const limits: RateLimit = { burst: 1, sustainedPerHour: 1, daily: 1 };
    const bodies: [Method, string, object, string[]][] = [
      ['POST', `${EXTERNAL}/check-rate-limit`, { ...call, serviceName: 'paypal' }, ['serviceName']],
      [
        'POST',
        `${EXTERNAL}/check-rate-limit`,
        { ...call, priority: 'urgent', estimatedCost: -1 },
        ['estimatedCost', 'priority'],
      ],
      ['POST', `${EXTERNAL}/check-rate-limit`, { ...call, requestId: 'no spaces' }, ['requestId']],
      ['POST', `${EXTERNAL}/check-rate-limit`, { ...call, requestId: 'x'.repeat(129) }, ['requestId']],
      ['PUT', '/admin/budgets/maps', { ...budget, dailyUsd: '1' }, ['dailyUsd']],
      [
        'PUT',
        '/admin/budgets/maps',
        { ...budget, dailyUsd: 900_001, throttleFrom: 0 },
        ['dailyUsd', 'throttleFrom'],
      ],
      ['PUT', '/admin/budgets/maps', { ...budget, nonsense: 1 }, ['nonsense']],
      ['PUT', '/admin/budgets/maps', { monthlyUsd: 1 }, ['dailyUsd']],
      ['PUT', '/admin/rate-limits/maps', { ...limits, burst: 0, daily: 1.5 }, ['burst', 'daily']],
      ['PUT', '/admin/rate-limits/maps', { ...limits, expectedVersion: -1 }, ['expectedVersion']],
      [
        'POST',
        `${EXTERNAL}/budget-alert`,
        { serviceName: 'maps', recipients: Array(21).fill('x') },
        ['recipients'],
      ],
      ['POST', `${EXTERNAL}/budget-alert`, { serviceName: 'maps' }, ['alertThresholds']],
    ];
    for (const [method, path, body, fields] of bodies) {
      it(`${method} ${path}: ${fields.join(', ')}`, async () => {
        const answer = await app().call(method, path, { body });
        assert.deepEqual(
          [answer.status, answer.code],
          [400, 'VALIDATION_FAILED'],
          JSON.stringify(answer.body),
        );
        assert.deepEqual([...new Set(answer.badFields)].sort(), fields);
      });
    }

    const impossible: [object, string][] = [
      [
        { ...budget, alertThresholds: { warning: 0.9, critical: 0.8, emergency: 0.95 } },
        'alertThresholds.critical',
      ],
      [{ ...budget, timeZone: 'Mars/Olympus' }, 'timeZone'],
    ];
    for (const [body, field] of impossible) {
      it(`PUT /admin/budgets: impossible ${field}`, async () => {
        const answer = await app().put('/admin/budgets/maps', body);
        assert.deepEqual([answer.status, answer.code], [422, 'IMPOSSIBLE_CONFIGURATION']);
        assert.deepEqual(answer.badFields, [field]);
      });
    }
  });

  it('refuses a change of what has moved on since, and makes it live on the other process', async () => {
    const before = await app().get<{ version: number }>('/admin/budgets/twilio');
    const { version } = before.data;
    const body = { dailyUsd: 3, monthlyUsd: 30, timeZone: 'Europe/Berlin', expectedVersion: version };
    const changed = await app().put<Budget & { version: number; updatedBy: string }>(
      '/admin/budgets/twilio',
      body,
    );
    assert.equal(changed.data.version, version + 1);
    const again = await app().put('/admin/budgets/twilio', { ...body, dailyUsd: 4 });
    assert.deepEqual([again.status, again.code], [409, 'VERSION_CONFLICT']);
    await eventually(async () => {
      const seen = await costs.b.get<Budget>('/admin/budgets/twilio');
      assert.deepEqual([seen.data.dailyUsd, seen.data.timeZone], [3, 'Europe/Berlin']);
    });
    // A day of Berlin ends at 22 or 23 h UTC.
    const { budget } = (await costs.b.check(aCall('twilio'))).data;
    assert.match(budget.day.renewsAt, /T2[23]:00:00\.000Z$/);
    const limits = { burst: 5, sustainedPerHour: 50, daily: 500, shadow: ['daily'], expectedVersion: 99 };
    const conflict = await app().put('/admin/rate-limits/twilio', limits);
    assert.equal(conflict.code, 'VERSION_CONFLICT');
  });

  it('shows what ships on a fresh installation', async () => {
    const versions = await app().get<Budget & { version: number; updatedBy: string }>(
      '/admin/budgets/stripe',
    );
    // The test's own set-up has made version 2; the first is what ships.
    assert.ok(versions.data.version >= 2);
    const rows = await costs.versions('budget:stripe');
    assert.deepEqual(rows[0], {
      ...{ dailyUsd: 2, monthlyUsd: 50, throttleFrom: 0.9, timeZone: 'UTC' },
      alertThresholds: { warning: 0.7, critical: 0.85, emergency: 0.95 },
    });
  });

  it('monitors what is spent, reserved and left of every service, and of those alone that the caller may see', async () => {
    await costs.allow('samsara', { dailyUsd: 4, monthlyUsd: 100 });
    await costs.a.check(aCall('samsara', { estimatedCost: 1 }));
    const monitored = (query: string, as: CallOptions['as']) =>
      untilAnswered(() => costs.b.get<CostMonitoring>(`${EXTERNAL}/cost-monitoring${query}`, { as }));
    const { data } = await monitored('', 'user');
    assert.deepEqual(
      data.services.map(({ serviceName }) => serviceName),
      [...SERVICE_NAMES],
    );
    const samsara = data.services.find(({ serviceName }) => serviceName === 'samsara')!;
    const { capUsd, spentUsd, reservedUsd, utilization } = samsara.day;
    assert.deepEqual([capUsd, spentUsd, reservedUsd, utilization], [4, 0, 1, 0.25]);
    assert.deepEqual([samsara.month.utilization, samsara.band, samsara.openReservations], [0.01, 'open', 1]);
    assert.equal(samsara.day.projection, null, 'nothing is projected from nothing');
    assert.ok(samsara.day.projectionUnavailable, 'and it says why');
    assert.equal(
      data.total.day.reservedUsd,
      data.services.reduce((sum, { day }) => sum + day.reservedUsd, 0),
    );

    const one = await monitored('?serviceName=samsara', 'admin');
    assert.deepEqual(
      one.data.services.map(({ serviceName }) => serviceName),
      ['samsara'],
    );
    const token = await tokenOf({ role: 'user', services: ['maps'] });
    const limited = await monitored('', { token });
    assert.deepEqual(
      limited.data.services.map(({ serviceName }) => serviceName),
      ['maps'],
    );
    const other = await monitored('?serviceName=stripe', { token });
    assert.equal(other.code, 'SERVICE_NOT_ALLOWED');
  });

  it('tells Prometheus what was admitted and what was refused', async () => {
    await costs.allow('sendgrid', { dailyUsd: 1, throttleFrom: 1 });
    // Each time under another id: one that is asked again would count as repeated.
    for (const estimatedCost of [0.01, 1]) {
      await untilAnswered(() => costs.a.checkOnce(aCall('sendgrid', { estimatedCost })));
    }
    const text = await (await fetch(`${app().url}/metrics`)).text();
    assert.match(text, /signalbox_admissions_total\{service="sendgrid",verdict="admitted"\} 1/);
    assert.match(text, /signalbox_admissions_total\{service="sendgrid",verdict="refused"\} 1/);
    assert.match(
      text,
      /signalbox_admission_refusals_total\{service="sendgrid",rule="budget:day",mode="enforced"\} 1/,
    );
    assert.match(text, /signalbox_journal_append_seconds_count [1-9]/);
  });
});
