import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import {
  SERVICE_NAMES,
  reportSubject,
  type ApiPerformanceMetrics,
  type PerformanceAnalytics,
  type RealtimePerformance,
  type ServiceName,
} from '@signalbox/contracts';
import { tokenOf, withHosted, type TokenOf } from '@signalbox/hosting/testing';
import { MessageBus } from '@signalbox/messaging';
import { Database, PerformanceStore } from '@signalbox/persistence';
import { realtimeGateway } from '@signalbox/realtime-gateway';
import { eventually } from '@signalbox/testkit';
import { metricsOf } from './support/metrics.js';
import { OtherApps, routingOf, shareOf } from './support/other-apps.js';

const silent = { info() {}, warn() {}, error() {}, debug() {} };
const REALTIME = '/stream-b-coordination/metrics/realtime';
const ANALYTICS = '/external-services/analytics/performance';
const PATIENT = { timeoutMs: 60_000 };
const HOUR_MS = 3_600_000;

describe('how services perform', () => {
  let others: OtherApps;
  let nats: NatsConnection;
  let bus: MessageBus;
  let database: Database;
  let asked = 0;
  after(() => others.close());
  after(() => nats.close());
  after(() => bus.close());
  after(() => database.close());
  const fleet = withHosted([realtimeGateway], ['a', 'b'], () => ({ METRICS_INTERVAL_MS: '400' }));

  before(async () => {
    const { natsUrl, databaseUrl } = fleet.servers;
    nats = await connect({ servers: natsUrl });
    // Asked for by nothing but a collection.
    nats.subscribe(reportSubject('recommendations'), { callback: () => void (asked += 1) });
    bus = MessageBus.connect({ url: natsUrl, name: 'test', logger: silent });
    await bus.connected();
    others = await OtherApps.connect(natsUrl);
    await others.answerAll();
    database = new Database({ url: databaseUrl, connectTimeoutMs: 30_000 });
  });

  const realtime = async (id = 'a', who: TokenOf = { role: 'user' }): Promise<RealtimePerformance> =>
    (await fleet.process(id).get<RealtimePerformance>(REALTIME, { as: { token: await tokenOf(who) } })).data;
  const metricsOn = async (id: string, serviceName: ServiceName): Promise<ApiPerformanceMetrics> => {
    const { items } = await realtime(id);
    const found = items.find((metrics) => metrics.serviceName === serviceName);
    assert.ok(found !== undefined, `nothing was collected of ${serviceName}`);
    return found;
  };
  const series = (query: Record<string, string | number>, id = 'a') =>
    fleet
      .process(id)
      .get<PerformanceAnalytics>(
        `${ANALYTICS}?${new URLSearchParams(query as Record<string, string>).toString()}`,
      );
  const collections = async (since = new Date(0).toISOString()): Promise<string[]> => {
    const rows = await database.query<{ at: string }>(
      'SELECT DISTINCT collected_at AS at FROM performance_collections WHERE collected_at > $1 ORDER BY at',
      [since],
    );
    return rows.map(({ at }) => at);
  };
  /** On either gateway: without PostgreSQL the one that collects is the only one that knows. */
  const newerThan = (time: string) =>
    eventually(async () => {
      const known = [await realtime('a'), await realtime('b')].map(({ collectedAt }) => collectedAt ?? '');
      const newest = known.sort().at(-1)!;
      assert.ok(newest > time);
      return newest;
    }, PATIENT);

  it('is shown by every gateway, of every service, with nothing made up', async () => {
    for (const id of ['a', 'b']) {
      // Not of a collection that an app was late for.
      await eventually(async () => {
        const { items, collectedAt, intervalSeconds } = await realtime(id);
        assert.equal(items.length, 6);
        assert.equal(intervalSeconds, 0.4);
        assert.equal(
          collectedAt,
          items
            .map((metrics) => metrics.collectedAt)
            .sort()
            .at(-1),
        );
        for (const { serviceName, throughput, errorRates, costMetrics, responseTime } of items) {
          assert.equal(throughput.requestsPerSecond, shareOf(serviceName));
          assert.equal(throughput.utilizationPercentage, null);
          assert.deepEqual(responseTime, { average: null, p95: null, p99: null, trend: null });
          assert.deepEqual(errorRates, { overall: null, byType: {}, criticalErrors: 0 });
          assert.deepEqual(costMetrics, { hourlySpend: null, budgetUtilization: 0.2, projectedCost: null });
        }
      }, PATIENT);
    }
  });

  it('is collected by one gateway, on whole ticks', async () => {
    // A lease of a quarter second changes hands when a machine is busy, and both ask then. Two that collect always do.
    const ticks = await eventually(async () => {
      const [firstAsked, first] = [asked, (await collections()).at(-1)!];
      const some = await eventually(async () => {
        const since = await collections(first);
        assert.ok(since.length >= 4);
        return since;
      }, PATIENT);
      const questions = asked - firstAsked;
      assert.ok(questions <= some.length + 1, `${questions} questions for ${some.length} collections`);
      return some;
    }, PATIENT);
    assert.ok(ticks.every((at) => Date.parse(at) % 400 === 0));
  });

  it('goes on when the gateway that collects leaves: another takes over', async () => {
    const holder = async () => {
      const lease = await bus.bucket<{ replicaId: string }>('leases').get('performance-metrics');
      return lease?.value.replicaId;
    };
    const first = await eventually(async () => {
      const known = await holder();
      assert.ok(known !== undefined);
      return known;
    }, PATIENT);
    const restarting = fleet.restart(first);
    await eventually(async () => assert.equal(await holder(), first === 'a' ? 'b' : 'a'), PATIENT);
    await restarting;
    await newerThan((await collections()).at(-1)!);
  });

  it('is null where an app does not answer now, and has what the others say', async () => {
    await others.goAway('service-routing');
    await eventually(async () => {
      const { throughput, errorRates, costMetrics } = await metricsOn('a', 'maps');
      assert.deepEqual(throughput, { requestsPerSecond: null, utilizationPercentage: null });
      assert.deepEqual(errorRates, { overall: null, byType: null, criticalErrors: null });
      assert.equal(costMetrics.budgetUtilization, 0.2);
    }, PATIENT);
    await others.answer('service-routing', { items: SERVICE_NAMES.map(routingOf) });
    await eventually(
      async () => assert.equal((await metricsOn('a', 'maps')).throughput.requestsPerSecond, shareOf('maps')),
      PATIENT,
    );
  });

  it('counts the coordination events that name a service, also after a restart', async () => {
    for (const eventType of ['database_coordination', 'innovation_insight', 'innovation_insight']) {
      const sent = await fleet.process('a').post('/stream-b-coordination/coordination/send-event', {
        ...{ eventType, role: 'database', priority: 'low', requiresAck: false },
        payload: { serviceName: 'twilio', index: 'orders_by_day' },
      });
      assert.equal(sent.status, 200, JSON.stringify(sent.body));
    }
    const expected = { databaseOptimizations: 1, performanceRecommendations: 0, innovationOpportunities: 2 };
    const isCounted = async () => {
      assert.deepEqual((await metricsOn('a', 'twilio')).coordination, expected);
      assert.equal((await metricsOn('a', 'maps')).coordination.databaseOptimizations, 0);
    };
    await eventually(isCounted, PATIENT);
    const before = (await realtime()).collectedAt!;
    await fleet.restart('a');
    await fleet.restart('b');
    await newerThan(before);
    await eventually(isCounted, PATIENT);
  });

  it('is kept for a day across restarts, with a gap where nothing was collected', async () => {
    // When no gateway of ours ran: 15 s apart, the third and the fourth were missed, the fifth measured nothing.
    const fromMs = Math.floor((Date.now() - 20 * HOUR_MS) / 60_000) * 60_000;
    const measured: [number, number | null][] = [
      [0, 100],
      [1, 300],
      [4, null],
      [5, 80],
    ];
    const rows = measured.map(([n, p95]) => ({
      metrics: metricsOf('airtable', new Date(fromMs + n * 15_000).toISOString(), { p95 }),
      month: null,
    }));
    await new PerformanceStore(database).write(rows, Date.now());
    await fleet.restart('a');
    const query = {
      ...{ serviceName: 'airtable', metric: 'p95', from: new Date(fromMs).toISOString() },
      to: new Date(fromMs + 120_000).toISOString(),
    };
    for (const id of ['a', 'b']) {
      const fine = await series({ ...query, step: 15 }, id);
      assert.deepEqual(fine.data, {
        from: query.from,
        to: query.to,
        step: 15,
        series: [
          {
            ...{ serviceName: 'airtable', metric: 'p95' },
            points: [100, 300, null, null, null, 80, null, null],
          },
        ],
      });
      const coarse = await series({ ...query, step: 60 }, id);
      assert.deepEqual(coarse.data.series[0]?.points, [300, 80]);
    }
  });

  it('has no more than a day: what is asked for of before is null', async () => {
    const from = new Date(Date.now() - 40 * 24 * HOUR_MS).toISOString();
    const to = new Date(Date.now() - 39 * 24 * HOUR_MS).toISOString();
    const { data } = await series({ serviceName: 'maps', metric: 'average', from, to });
    assert.equal(data.step, 300);
    assert.deepEqual(data.series[0]?.points, Array(288).fill(null));
  });

  it('has series of every service and metric over the last hour when nothing is asked for', async () => {
    const { data } = await series({});
    assert.equal(data.series.length, 6 * 8);
    assert.equal(Date.parse(data.to) - Date.parse(data.from), HOUR_MS);
    assert.ok(data.series.every(({ points }) => points.length === 60));
    const throughput = data.series.find((one) => one.metric === 'requestsPerSecond')!;
    assert.equal(throughput.points.at(-1), shareOf(throughput.serviceName));
  });

  it('refuses by field what is no range, and shows a token its own services alone', async () => {
    const noon = '2026-01-15T12:00:00Z';
    const badFields = async (query: Record<string, string | number>) => {
      const answer = await series(query);
      assert.equal(answer.status, 400, JSON.stringify(answer.body));
      return answer.badFields;
    };
    assert.deepEqual(await badFields({ from: noon, to: noon }), ['from']);
    assert.deepEqual(await badFields({ from: '2026-01-15T12:00:00Z', to: '2026-01-15T13:00:00Z', step: 1 }), [
      'step',
    ]);
    assert.deepEqual(await badFields({ from: noon, to: '2026-01-16T12:00:00Z', step: 15 }), ['step']);
    assert.deepEqual(await badFields({ from: 'yesterday' }), ['from']);
    assert.deepEqual(await badFields({ metric: 'happiness' }), ['metric']);

    const limited: TokenOf = { role: 'user', services: ['maps'] };
    assert.deepEqual(
      (await realtime('a', limited)).items.map(({ serviceName }) => serviceName),
      ['maps'],
    );
    const as = { as: { token: await tokenOf(limited) } };
    const own = await fleet.process('a').get<PerformanceAnalytics>(`${ANALYTICS}?metric=p95`, as);
    assert.deepEqual(
      own.data.series.map(({ serviceName }) => serviceName),
      ['maps'],
    );
    const foreign = await fleet.process('a').get(`${ANALYTICS}?serviceName=stripe`, as);
    assert.equal(foreign.code, 'SERVICE_NOT_ALLOWED');
    for (const path of [REALTIME, ANALYTICS]) {
      assert.equal((await fleet.process('a').get(path, { as: 'service' })).status, 403);
      assert.equal((await fleet.process('a').get(path, { as: null })).status, 401);
    }
  });

  it('is shown on while PostgreSQL is away, and stored when it is back', async () => {
    const before = (await collections()).at(-1)!;
    await fleet.servers.kill('postgres');
    const during = await newerThan(before);
    assert.equal((await series({}, 'a')).code, 'DEPENDENCY_UNAVAILABLE');
    await newerThan(during);
    await fleet.servers.restart('postgres');
    await eventually(async () => assert.ok((await collections()).includes(during)), PATIENT);
  });
});
