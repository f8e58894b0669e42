import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connectRealtime, type ReceivedMessage, type RealtimeClient } from '@signalbox/client/realtime';
import type {
  Alerting,
  AlertView,
  AuditEntry,
  ConfigVersion,
  Page,
  ServiceName,
  StandingAlerts,
} from '@signalbox/contracts';
import { startHosted, tokenOf, type Hosted } from '@signalbox/hosting/testing';
import { Database } from '@signalbox/persistence';
import { realtimeGateway } from '@signalbox/realtime-gateway';
import { routingCoordinator } from '@signalbox/routing-coordinator';
import { eventually, withServers } from '@signalbox/testkit';

const ALERTS = '/stream-b-coordination/alerts';
const PATIENT = { timeoutMs: 60_000 };

describe('alerts, as operators meet them', () => {
  const running: Hosted[] = [];
  const pages: RealtimeClient[] = [];
  let one: Hosted;
  let other: Hosted;
  let coordinator: Hosted;
  let database: Database;
  after(() => database.close());
  after(() => Promise.all(running.map((hosted) => hosted.stop())));
  after(() => pages.forEach((page) => page.close()));
  const servers = withServers();

  const start = async (app: typeof realtimeGateway | typeof routingCoordinator, id: string) => {
    const { natsUrl, redisUrl, databaseUrl } = servers;
    const env = { NATS_URL: natsUrl, REDIS_URL: redisUrl, DATABASE_URL: databaseUrl };
    const hosted = await startHosted([app], id, { ...env, METRICS_INTERVAL_MS: '1000' });
    running.push(hosted);
    return hosted;
  };
  before(async () => {
    coordinator = await start(routingCoordinator, 'coordinator');
    one = await start(realtimeGateway, 'gateway-a');
    other = await start(realtimeGateway, 'gateway-b');
    database = new Database({ url: servers.databaseUrl, connectTimeoutMs: 30_000 });
  });

  /** What a page is told of alerts. */
  const watching = async (gateway: Hosted, services?: ServiceName[]) => {
    const told: (ReceivedMessage & Partial<AlertView> & { revision?: number })[] = [];
    const token = await tokenOf({ role: 'user', ...(services === undefined ? {} : { services }) });
    const page = connectRealtime({
      url: gateway.url,
      token: () => token,
      rooms: ['api_status_updates'],
      onMessage: (message) => {
        if (message.eventType === 'alert_changed') told.push(message);
      },
    });
    pages.push(page);
    await eventually(() => assert.equal(page.state.state, 'live'));
    return told;
  };
  const forceOpen = (nodeId: string) =>
    coordinator.post(`/admin/nodes/${nodeId}/circuit`, {
      action: 'force_open',
      reason: 'provider incident 4711',
    });
  const reset = (nodeId: string) => coordinator.post(`/admin/nodes/${nodeId}/circuit`, { action: 'reset' });
  /** The newest alert about a node, once a gateway lists it as `accept` wants it. */
  const alertOf = (gateway: Hosted, nodeId: string, state: AlertView['state']): Promise<AlertView> =>
    eventually(async () => {
      const { data } = await gateway.get<Page<AlertView>>(`${ALERTS}?kind=circuit&limit=100`);
      const alert = data.items.find((item) => item.nodeId === nodeId);
      assert.equal(alert?.state, state, JSON.stringify(data.items));
      return alert;
    }, PATIENT);

  it('begin with an opened circuit, are acknowledged by a person, and end with its reset; each told once, in order', async () => {
    const told = await watching(other);
    assert.equal((await forceOpen('stripe_secondary_us_west')).status, 200);
    const raised = await alertOf(one, 'stripe_secondary_us_west', 'open');
    assert.deepEqual(
      [raised.kind, raised.severity, raised.serviceName, raised.escalations],
      ['circuit', 'critical', 'stripe', 0],
    );
    assert.match(
      raised.message,
      /stripe_secondary_us_west \(stripe\) is open: force_open by .*provider incident 4711/,
    );
    assert.match(raised.advice, /POST \/admin\/nodes\/stripe_secondary_us_west\/circuit/);
    assert.ok(raised.escalatesAt !== null && raised.escalatesAt > raised.raisedAt);

    await eventually(async () => {
      const metrics = await (await fetch(`${one.url}/metrics`)).text();
      assert.match(metrics, /^signalbox_alerts_standing\{severity="critical"\} 1$/m);
    });

    const path = `${ALERTS}/${raised.alertId}/acknowledge`;
    const ada = { token: await tokenOf({ role: 'manager', subject: 'ada' }) };
    const seen = await other.post<AlertView>(path, { comment: 'on it' }, { as: ada });
    assert.deepEqual(
      [seen.data.state, seen.data.acknowledgedBy, seen.data.escalatesAt],
      ['acknowledged', 'ada', null],
    );
    const again = await one.post<AlertView>(path, {}, { as: 'admin' });
    assert.deepEqual(again.data, seen.data, 'twice changes nothing');
    assert.equal((await one.post(path, {}, { as: 'user' })).status, 403);

    await reset('stripe_secondary_us_west');
    const over = await alertOf(other, 'stripe_secondary_us_west', 'resolved');
    assert.equal(over.alertId, raised.alertId);
    assert.match(over.message, /Over: the circuit is closed \(reset by /);
    await eventually(() => {
      const ours = told.filter(({ alertId }) => alertId === raised.alertId);
      assert.deepEqual(
        ours.map(({ state, revision, priority }) => [state, revision, priority]),
        [
          ['open', 1, 'normal'],
          ['acknowledged', 2, 'normal'],
          ['resolved', 3, 'normal'],
        ],
      );
    }, PATIENT);
    await eventually(async () => {
      const { data } = await coordinator.get<Page<AuditEntry>>(`/admin/audit?object=alert:${raised.alertId}`);
      assert.deepEqual(
        data.items.map(({ action, actor, after: now }) => [
          action,
          actor,
          (now as { comment: string }).comment,
        ]),
        [['alert.acknowledge', 'ada', 'on it']],
      );
    }, PATIENT);
  });

  it('stay one alert while their circuit flaps', async () => {
    await forceOpen('maps_here');
    const first = await alertOf(one, 'maps_here', 'open');
    await reset('maps_here');
    await alertOf(one, 'maps_here', 'resolved');
    await forceOpen('maps_here');
    const second = await alertOf(one, 'maps_here', 'open');
    assert.equal(second.alertId, first.alertId);
    assert.match(second.message, /Opened 2 times since/);
    await reset('maps_here');
    await alertOf(one, 'maps_here', 'resolved');
  });

  it('rise a step when nobody acknowledges them in time: once, however many gateways look, and critically told', async () => {
    const told = await watching(one);
    await forceOpen('twilio_ie1');
    const raised = await alertOf(one, 'twilio_ie1', 'open');
    assert.equal(raised.severity, 'critical');
    await database.query(
      `UPDATE alerts SET escalates_from = escalates_from - interval '15 minutes',
                         escalates_at = escalates_at - interval '15 minutes' WHERE alert_id = $1`,
      [raised.alertId],
    );
    await eventually(async () => {
      const risen = await alertOf(other, 'twilio_ie1', 'open');
      assert.deepEqual([risen.severity, risen.escalations, risen.escalatesAt], ['emergency', 1, null]);
    }, PATIENT);
    await reset('twilio_ie1');
    await alertOf(one, 'twilio_ie1', 'resolved');
    await eventually(() => {
      const ours = told.filter(({ alertId }) => alertId === raised.alertId);
      assert.deepEqual(
        ours.map(({ state, severity, escalations, priority }) => [state, severity, escalations, priority]),
        [
          ['open', 'critical', 0, 'normal'],
          ['open', 'emergency', 1, 'critical'],
          ['resolved', 'emergency', 1, 'critical'],
        ],
      );
    }, PATIENT);
  });

  it('come of thresholds that admins set, live on every gateway, versioned and rolled back', async () => {
    type Shown = Alerting & { version: number };
    const path = '/admin/alert-thresholds/stripe';
    const { version: shipped, ...defaults } = (await one.get<Shown>(path, { as: 'manager' })).data;
    assert.deepEqual([shipped, defaults.forCollections, defaults.escalateAfterMinutes], [1, 4, 15]);
    const tight = {
      ...{ errorRate: null, p95Ms: 500, p99Ms: null, budgetUtilization: null, criticalErrors: null },
      ...{ forCollections: 2, escalateAfterMinutes: 30 },
    };
    assert.equal((await one.put(path, tight, { as: 'manager' })).status, 403);
    assert.equal((await one.get(path, { as: 'user' })).status, 403);
    const bad = await one.put(path, { ...tight, errorRate: 2, forCollections: 0 });
    assert.deepEqual([bad.status, bad.badFields.sort()], [400, ['errorRate', 'forCollections']]);
    const stale = await one.put(path, { ...tight, expectedVersion: 7 });
    assert.deepEqual([stale.status, stale.code], [409, 'VERSION_CONFLICT']);

    // Slow calls, so that there is something to measure.
    for (let calls = 0; calls < 30; calls++) {
      const asked = { serviceName: 'stripe', operation: 'payment_processing' };
      const decided = await coordinator.post<{
        coordinationId: string;
        routingDecision: { selectedNode: { nodeId: string } };
      }>('/enhanced-traffic-coordination/execute-coordination', asked, { as: 'service' });
      const { coordinationId, routingDecision } = decided.data;
      const outcome = { serviceName: 'stripe', coordinationId, nodeId: routingDecision.selectedNode.nodeId };
      const reported = await coordinator.post(
        '/enhanced-traffic-coordination/report-outcome',
        { ...outcome, outcome: 'success', latencyMs: 700 },
        { as: 'service' },
      );
      assert.equal(reported.status, 200, JSON.stringify(reported.body));
    }
    const set = await one.put<Shown>(path, { ...tight, expectedVersion: 1, comment: 'tight for the sale' });
    assert.equal(set.data.version, 2);
    await eventually(async () => assert.equal((await other.get<Shown>(path)).data.version, 2));
    const thresholdAlert = (state: AlertView['state']) =>
      eventually(async () => {
        const { data } = await other.get<Page<AlertView>>(`${ALERTS}?kind=threshold&serviceName=stripe`);
        assert.equal(data.items[0]?.state, state, JSON.stringify(data.items));
        return data.items[0];
      }, PATIENT);
    const raised = await thresholdAlert('open');
    assert.match(
      raised.message,
      /response time \(p95\) of stripe is \d+ ms; the threshold is 500 ms, reached in 2/,
    );

    await other.put(path, { ...tight, p95Ms: 60_000 });
    const over = await thresholdAlert('resolved');
    assert.equal(over.alertId, raised.alertId);
    assert.match(over.message, /clearly below 60000 ms for 2 collections in a row/);

    const versions = await coordinator.get<Page<ConfigVersion>>(
      '/admin/versions?object=alert-thresholds:stripe',
    );
    assert.deepEqual(
      versions.data.items.map(({ version, comment }) => [version, comment]),
      [
        [3, null],
        [2, 'tight for the sale'],
        [1, null],
      ],
    );
    const first = versions.data.items[2]!;
    assert.equal((await coordinator.post(`/admin/versions/${first.id}/rollback`, {})).status, 200);
    await eventually(async () => {
      const { data } = await one.get<Shown>(path);
      assert.deepEqual([data.version, data.p95Ms], [4, defaults.p95Ms]);
    });
    const audited = await coordinator.get<Page<AuditEntry>>('/admin/audit?object=alert-thresholds:stripe');
    assert.deepEqual(
      audited.data.items.map(({ action }) => action),
      ['config.rollback', 'config.put', 'config.put', 'config.seed'],
    );
  });

  it('are shown to a token that is limited to some services only where they are about those', async () => {
    const limited = { token: await tokenOf({ role: 'manager', services: ['maps'] }) };
    const toldToLimited = await watching(one, ['maps']);
    const toldToAll = await watching(one);
    await forceOpen('sendgrid_eu');
    await forceOpen('maps_mapbox');
    const sendgrid = await alertOf(one, 'sendgrid_eu', 'open');
    const maps = await alertOf(one, 'maps_mapbox', 'open');
    // About no service: nobody of the role is there to answer.
    const event = {
      ...{ eventType: 'database_coordination', role: 'database', priority: 'high', payload: {} },
      requiresAck: true,
    };
    await one.post('/stream-b-coordination/coordination/send-event', event);
    const unanswered = await eventually(async () => {
      const { data } = await one.get<Page<AlertView>>(`${ALERTS}?kind=coordination_event`);
      assert.equal(data.items.length, 1);
      return data.items[0]!;
    }, PATIENT);
    assert.equal(unanswered.serviceName, null);

    const listed = await one.get<Page<AlertView>>(ALERTS, { as: limited });
    assert.deepEqual(new Set(listed.data.items.map(({ serviceName }) => serviceName)), new Set(['maps']));
    assert.equal((await one.get(`${ALERTS}?serviceName=sendgrid`, { as: limited })).status, 403);
    // A dashboard does not wait long for any of its parts: it says instead that one is stale.
    await eventually(async () => {
      const path = '/stream-b-coordination/dashboard';
      const { data } = await one.get<{ alerts: StandingAlerts }>(path, { as: limited });
      assert.deepEqual(
        data.alerts.items.map(({ alertId }) => alertId),
        [maps.alertId],
      );
    });
    const acknowledge = (alertId: string) =>
      one.post<AlertView>(`${ALERTS}/${alertId}/acknowledge`, {}, { as: limited });
    assert.equal((await acknowledge(sendgrid.alertId)).code, 'SERVICE_NOT_ALLOWED');
    assert.equal((await acknowledge(unanswered.alertId)).code, 'SERVICE_NOT_ALLOWED');
    assert.equal((await acknowledge('00000000-0000-4000-8000-000000000000')).code, 'NOT_FOUND');
    assert.equal((await acknowledge('no-such-alert')).code, 'NOT_FOUND');
    assert.equal((await acknowledge(maps.alertId)).data.state, 'acknowledged');
    // Nothing but a person's eye ends it.
    const done = await one.post<AlertView>(`${ALERTS}/${unanswered.alertId}/acknowledge`, {});
    assert.equal(done.data.state, 'resolved');

    await eventually(() => {
      const states = (told: typeof toldToAll, id: string) =>
        told.filter(({ alertId }) => alertId === id).map(({ state }) => state);
      assert.deepEqual(states(toldToAll, unanswered.alertId), ['open', 'resolved']);
      assert.deepEqual(states(toldToLimited, maps.alertId), ['open', 'acknowledged']);
    }, PATIENT);
    assert.deepEqual(new Set(toldToLimited.map(({ serviceName }) => serviceName)), new Set(['maps']));
  });

  it('wait for PostgreSQL and lose nothing of what happened while it was away', async () => {
    await servers.kill('postgres');
    await eventually(async () => assert.equal((await one.get(ALERTS)).status, 503), PATIENT);
    assert.equal((await forceOpen('samsara_backup')).status, 200);
    await servers.restart('postgres');
    const raised = await alertOf(one, 'samsara_backup', 'open');
    await reset('samsara_backup');
    assert.equal((await alertOf(other, 'samsara_backup', 'resolved')).alertId, raised.alertId);
  });
});
