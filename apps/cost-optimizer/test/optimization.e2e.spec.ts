import 'reflect-metadata';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  serviceConfig,
  type ConfigChanged,
  type OptimizationRun,
  type Recommendation,
  type VersionedService,
} from '@signalbox/contracts';
import { tokenOf } from '@signalbox/hosting/testing';
import { eventually } from '@signalbox/testkit';
import { withCosts } from './support/outside.js';
import { PastTraffic, type PastCall } from './support/record.js';

const TRIGGER = '/external-services/trigger-optimization';
const RECOMMENDATIONS = '/stream-b-coordination/optimization/recommendations';
const MINUTE_MS = 60_000;

describe('optimization', () => {
  const costs = withCosts();
  let past: PastTraffic | undefined;
  after(() => past?.close());
  before(async () => {
    past = await PastTraffic.open(costs.servers.databaseUrl);
    await past.seedCatalog();
    await past.write(twilioInTurn(Date.now() - 100 * MINUTE_MS, 600, 10_000));
  });
  const record = () => past!;

  /** Four in five at $0.0079, one in five at $0.0083, as the shipped weights have it; all well. */
  function twilioInTurn(fromMs: number, count: number, everyMs: number): PastCall[] {
    return Array.from({ length: count }, (_, index) => ({
      serviceName: 'twilio',
      nodeId: index % 5 === 4 ? 'twilio_ie1' : 'twilio_us1',
      atMs: fromMs + index * everyMs,
    }));
  }

  it('finds what the recorded calls would have saved, and changes nothing unasked', async () => {
    const { data: run } = await costs.a.post<OptimizationRun>(
      TRIGGER,
      { serviceName: 'twilio' },
      { as: 'manager' },
    );
    assert.deepEqual(
      run.services.map(({ serviceName, calls, unavailable }) => ({ serviceName, calls, unavailable })),
      [{ serviceName: 'twilio', calls: 600, unavailable: null }],
    );
    const best = run.recommendations[0];
    assert.ok(best !== undefined, JSON.stringify(run.considered));
    // Of the 540 calls that count, a fifth would cost $0.0004 less: 108 × 0.0004 = 0.0432 of 4.3092, 1 %.
    assert.ok(Math.abs(best.expectedSavingUsd.point - 0.0432) < 0.005, String(best.expectedSavingUsd.point));
    assert.ok(Math.abs(best.expectedSavingRatio!.point - 0.01) < 0.0012);
    const { interval95 } = best.expectedSavingUsd;
    assert.ok(interval95.lower > 0 && interval95.upper >= best.expectedSavingUsd.point);
    assert.equal(best.successChange?.point, 0);
    assert.equal(best.confidence.level, 'high');
    assert.equal(best.evidence.calls, 540);
    assert.ok(
      best.evidence.recordedShare > 0.7 && best.evidence.priorShare === 0,
      JSON.stringify(best.evidence),
    );
    assert.equal(best.change?.object, 'service:twilio');
    assert.deepEqual(run.applied, []);
    assert.equal((await record().live('twilio')).version, 1);
  });

  it('finds the same again as the same recommendation, and says it on every replica', async () => {
    const first = await costs.a.get<{ items: Recommendation[] }>(
      `${RECOMMENDATIONS}?serviceName=twilio&state=open`,
    );
    await costs.b.post(TRIGGER, { serviceName: 'twilio' });
    const again = await costs.b.get<{ items: Recommendation[] }>(
      `${RECOMMENDATIONS}?serviceName=twilio&state=open`,
      {
        as: 'user',
      },
    );
    assert.ok(first.data.items.length > 0);
    assert.deepEqual(
      again.data.items.map(({ id }) => id).sort(),
      first.data.items.map(({ id }) => id).sort(),
    );
    const perDay = again.data.items.map(({ expectedSavingUsdPerDay }) => expectedSavingUsdPerDay);
    assert.deepEqual(
      perDay,
      [...perDay].sort((a, b) => b - a),
      'ranked by what they save a day',
    );
  });

  it('applies one as a new version that coordinators go by, and rolls it back in one call', async () => {
    const { data } = await costs.a.get<{ items: Recommendation[] }>(
      `${RECOMMENDATIONS}?serviceName=twilio&state=open`,
    );
    const weights = data.items.find(({ kind }) => kind === 'weights');
    assert.ok(weights !== undefined, data.items.map(({ title }) => title).join('; '));
    const before = await record().live('twilio');

    const applied = await costs.a.post<Recommendation>(
      `${RECOMMENDATIONS}/${weights.id}/apply`,
      {},
      { as: 'manager' },
    );
    assert.equal(applied.status, 200, JSON.stringify(applied.data));
    assert.equal(applied.data.state, 'applied');
    assert.equal(applied.data.applied?.version, before.version + 1);
    assert.equal(applied.data.realised, null, 'nothing was measured yet');
    const live = await record().live('twilio');
    assert.equal(live.version, before.version + 1);
    assert.ok(serviceConfig.check(live.service));
    const weightOf = (nodeId: string) =>
      live.service.nodes.find((node) => node.nodeId === nodeId)?.weightPercent;
    assert.ok(weightOf('twilio_us1')! > 80);
    assert.equal(weightOf('twilio_us1')! + weightOf('twilio_ie1')!, 100);

    // Where coordinators watch, and as an event.
    const shared = await costs.bus.bucket<VersionedService>('catalog').get('twilio');
    assert.equal(shared?.value.version, live.version);
    assert.deepEqual(shared?.value.service, live.service);
    await eventually(async () => {
      const changes: ConfigChanged[] = await costs.stored('config.changed');
      assert.ok(
        changes.some(({ object, version }) => object === 'service:twilio' && version === live.version),
      );
    });
    const [audited] = await record().query<{ actor: string; role: string; before: unknown; after: unknown }>(
      `SELECT actor, role, before, after FROM audit_entries WHERE action = 'recommendation.apply'`,
    );
    assert.equal(audited?.role, 'manager');
    assert.deepEqual(audited?.after, live.service);
    assert.deepEqual(audited?.before, before.service);

    const second = await costs.b.post(`${RECOMMENDATIONS}/${weights.id}/apply`, {});
    assert.equal(second.code, 'CONFLICT', 'applied is applied');

    const rolledBack = await costs.b.post<Recommendation>(`${RECOMMENDATIONS}/${weights.id}/rollback`, {});
    assert.equal(rolledBack.data.state, 'rolled_back');
    const restored = await record().live('twilio');
    assert.equal(restored.version, before.version + 2);
    assert.deepEqual(restored.service, before.service);
    assert.equal((await costs.b.post(`${RECOMMENDATIONS}/${weights.id}/rollback`, {})).code, 'CONFLICT');
  });

  it('of two who apply at once lets one', async () => {
    await costs.a.post(TRIGGER, { serviceName: 'twilio', kinds: ['weights'] });
    const { data } = await costs.a.get<{ items: Recommendation[] }>(
      `${RECOMMENDATIONS}?serviceName=twilio&state=open`,
    );
    const { id } = data.items.find(({ kind }) => kind === 'weights')!;
    const version = (await record().live('twilio')).version;
    const answers = await Promise.all([
      costs.a.post(`${RECOMMENDATIONS}/${id}/apply`, {}),
      costs.b.post(`${RECOMMENDATIONS}/${id}/apply`, {}),
    ]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
    assert.equal((await record().live('twilio')).version, version + 1);
    await costs.a.post(`${RECOMMENDATIONS}/${id}/rollback`, {});
  });

  it('never undoes what somebody else has changed meanwhile', async () => {
    await costs.a.post(TRIGGER, { serviceName: 'twilio', kinds: ['weights'] });
    const { data } = await costs.a.get<{ items: Recommendation[] }>(
      `${RECOMMENDATIONS}?serviceName=twilio&state=open`,
    );
    const { id } = data.items.find(({ kind }) => kind === 'weights')!;
    await record().configure('twilio', (service) => ({
      ...service,
      nodes: service.nodes.map((node) => ({
        ...node,
        weightPercent: node.nodeId === 'twilio_us1' ? 60 : 40,
      })),
    }));
    const moved = await record().live('twilio');
    const refused = await costs.a.post(`${RECOMMENDATIONS}/${id}/apply`, {});
    assert.equal(refused.status, 409);
    assert.deepEqual(refused.badFields?.slice().sort(), [
      'nodes.twilio_ie1.weightPercent',
      'nodes.twilio_us1.weightPercent',
    ]);
    assert.deepEqual(await record().live('twilio'), moved);
    const { data: after } = await costs.a.get<{ items: Recommendation[] }>(`${RECOMMENDATIONS}?state=open`);
    assert.ok(
      after.items.some((one) => one.id === id),
      'it stays open',
    );
    await record().configure('twilio', (service) => ({
      ...service,
      nodes: service.nodes.map((node) => ({
        ...node,
        weightPercent: node.nodeId === 'twilio_us1' ? 80 : 20,
      })),
    }));
  });

  it('with `apply` changes the best of what is sure, and later says what it really saved beside the promise', async () => {
    const { data: run } = await costs.a.post<OptimizationRun>(TRIGGER, {
      serviceName: 'twilio',
      kinds: ['weights'],
      apply: true,
    });
    assert.equal(run.applied.length, 1, JSON.stringify(run.notApplied));
    const [id] = run.applied;
    const applied = run.recommendations.find((one) => one.id === id);
    assert.equal(applied?.state, 'applied');
    assert.equal(applied?.realised, null);

    // From now on the cheaper node carries all of them: the setting before would have paid a fifth more dearly.
    const sinceMs = Math.ceil(Date.parse(applied.applied!.at) / 1_000) * 1_000 + 1_000;
    await eventually(() => assert.ok(Date.now() > sinceMs + 2_500));
    await record().write(
      Array.from({ length: 200 }, (_, index) => ({
        ...{ serviceName: 'twilio' as const, nodeId: 'twilio_us1' },
        ...{ atMs: sinceMs + index * 5, latencyMs: 20 },
      })),
    );
    await costs.a.post(TRIGGER, { serviceName: 'twilio' });
    const { data } = await costs.a.get<{ items: Recommendation[] }>(`${RECOMMENDATIONS}?state=applied`);
    const { realised } = data.items.find((one) => one.id === id)!;
    assert.ok(realised !== null);
    assert.equal(realised.calls, 180);
    // By hand: 180 calls, about a fifth of which would have cost $0.0004 more: 36 × 0.0004 = 0.0144.
    assert.ok(Math.abs(realised.savedUsd.point - 0.0144) < 0.004, String(realised.savedUsd.point));
    assert.ok(realised.promisedUsd > 0);
    await costs.a.post(`${RECOMMENDATIONS}/${id}/rollback`, {});
  });

  it('says of a service without recorded calls that it knows nothing', async () => {
    const { data: run } = await costs.a.post<OptimizationRun>('/stream-b-coordination/cost/optimize', {});
    assert.equal(run.services.length, 6);
    const stripe = run.services.find(({ serviceName }) => serviceName === 'stripe');
    assert.deepEqual(stripe, {
      ...{ serviceName: 'stripe', calls: 0, batchRequests: 0 },
      unavailable: 'nothing is recorded of the range',
    });
  });

  it('dismisses what a person does not want', async () => {
    await costs.a.post(TRIGGER, { serviceName: 'twilio', kinds: ['weights'] });
    const { data } = await costs.a.get<{ items: Recommendation[] }>(
      `${RECOMMENDATIONS}?serviceName=twilio&state=open`,
    );
    const { id } = data.items[0]!;
    const dismissed = await costs.a.post<Recommendation>(`${RECOMMENDATIONS}/${id}/dismiss`, {
      comment: 'Ireland is contracted',
    });
    assert.deepEqual(
      [dismissed.data.state, dismissed.data.stateReason],
      ['dismissed', 'Ireland is contracted'],
    );
    assert.equal((await costs.a.post(`${RECOMMENDATIONS}/${id}/apply`, {})).code, 'CONFLICT');
  });

  it('lets users look and managers change, and neither beyond the services of their token', async () => {
    for (const as of ['user', 'service'] as const) {
      assert.equal((await costs.a.post(TRIGGER, {}, { as })).status, 403);
      assert.equal((await costs.a.post(`${RECOMMENDATIONS}/x/apply`, {}, { as })).status, 403);
      assert.equal((await costs.a.post(`${RECOMMENDATIONS}/x/rollback`, {}, { as })).status, 403);
    }
    assert.equal((await costs.a.get(RECOMMENDATIONS, { as: 'service' })).status, 403);
    assert.equal((await costs.a.get(RECOMMENDATIONS, { as: null })).status, 401);
    const token = await tokenOf({ role: 'manager', services: ['maps'] });
    const only = await costs.a.post<OptimizationRun>(TRIGGER, {}, { as: { token } });
    assert.deepEqual(
      only.data.services.map(({ serviceName }) => serviceName),
      ['maps'],
    );
    assert.equal(
      (await costs.a.post(TRIGGER, { serviceName: 'twilio' }, { as: { token } })).code,
      'SERVICE_NOT_ALLOWED',
    );
    const all = await costs.a.get<{ items: Recommendation[] }>(RECOMMENDATIONS);
    const { id } = all.data.items[0]!;
    const foreign = await costs.a.post(`${RECOMMENDATIONS}/${id}/rollback`, {}, { as: { token } });
    assert.equal(foreign.code, 'SERVICE_NOT_ALLOWED');
    const seen = await costs.a.get<{ items: Recommendation[] }>(RECOMMENDATIONS, { as: { token } });
    assert.deepEqual(seen.data.items, []);
  });

  it('names what is wrong with a request', async () => {
    const bad = await costs.b.post(TRIGGER, {
      serviceName: 'fax',
      hours: 0,
      apply: 'yes',
      kinds: ['magic'],
      x: 1,
    });
    assert.equal(bad.code, 'VALIDATION_FAILED');
    for (const field of ['serviceName', 'hours', 'apply', 'kinds.0']) {
      assert.ok(bad.badFields?.includes(field), `${field} in ${bad.badFields?.join()}`);
    }
    assert.equal((await costs.b.get(`${RECOMMENDATIONS}?state=done`)).code, 'VALIDATION_FAILED');
    assert.equal((await costs.b.post(`${RECOMMENDATIONS}/none/apply`, {})).code, 'NOT_FOUND');
    assert.equal((await costs.b.post(`${RECOMMENDATIONS}/none/rollback`, {})).code, 'NOT_FOUND');
  });
});
