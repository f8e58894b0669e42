import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ReceivedMessage } from '@signalbox/client/realtime';
import {
  BUDGETS_BUCKET,
  ROOMS,
  SERVICE_NAMES,
  type BudgetState,
  type Dashboard,
  type DashboardUpdate,
  type FrontendCoordination,
  type RoomMessage,
  type RoomSnapshots,
  type ServiceName,
  type ServicesStatus,
  type SubscribeAnswer,
} from '@signalbox/contracts';
import { tokenOf, withHosted, type TokenOf } from '@signalbox/hosting/testing';
import { MessageBus } from '@signalbox/messaging';
import { realtimeGateway } from '@signalbox/realtime-gateway';
import { eventually } from '@signalbox/testkit';
import { io, type Socket } from 'socket.io-client';
import { withPages, type Page } from './support/clients.js';
import { isRead, roomsAreOpen } from './support/readiness.js';
import { OtherApps, queueOf, routingOf, shareOf } from './support/other-apps.js';

const silent = { info() {}, warn() {}, error() {}, debug() {} };
const FRONTEND = '/external-services/frontend-coordination';
const DASHBOARD = '/stream-b-coordination/dashboard';
/** A dashboard is pushed every five seconds. */
const PATIENT = { timeoutMs: 60_000 };
const ALL = SERVICE_NAMES.reduce((sum, name) => sum + shareOf(name), 0);
const LIMITED: TokenOf = { role: 'manager', services: ['maps', 'twilio'] };

describe('dashboards', () => {
  let others: OtherApps;
  let bus: MessageBus;
  const sockets: Socket[] = [];
  after(() => sockets.forEach((socket) => socket.close()));
  after(() => bus.close());
  after(() => others.close());
  const fleet = withHosted([realtimeGateway], ['a', 'b']);
  const open = withPages();

  before(async () => {
    others = await OtherApps.connect(fleet.servers.natsUrl);
    await others.answerAll();
    bus = MessageBus.connect({ url: fleet.servers.natsUrl, name: 'test', logger: silent });
    await bus.connected();
    await roomsAreOpen(fleet.process('a'), fleet.process('b'));
    await isRead(bus.requireSession().manager, 'limits.alerted', { durable: 'alerts_limits_alerted' });
    for (const serviceName of SERVICE_NAMES) {
      await bus.bucket<BudgetState>(BUDGETS_BUCKET).create(serviceName, budgetOf(serviceName));
      await bus.publish('limits.alerted', serviceName, {
        ...{ eventId: `limit-${serviceName}`, occurredAt: new Date().toISOString(), serviceName },
        ...{ tier: 'daily', limit: shareOf(serviceName), used: shareOf(serviceName), shadow: false },
        resetAt: new Date(Date.now() + 3_600_000).toISOString(),
      });
    }
    await eventually(async () => {
      for (const id of ['a', 'b']) {
        const { services, alerts } = await get<Dashboard>(DASHBOARD, { role: 'admin' }, id);
        assert.equal(alerts.items.length, SERVICE_NAMES.length);
        assert.ok(services.items.every(({ spend }) => spend !== null));
      }
    });
  });

  const get = async <T>(path: string, who: TokenOf, id = 'a'): Promise<T> => {
    const answer = await fleet.process(id).get<T>(path, { as: { token: await tokenOf(who) } });
    return answer.data;
  };
  /** Once nobody was late: an answer waits for none of the other apps for long. */
  const getWhole = <T extends FrontendCoordination | Dashboard>(path: string, who: TokenOf): Promise<T> =>
    eventually(async () => {
      const shown = await get<T>(path, who);
      assertNothingStale(shown);
      return shown;
    });
  const connect = async (who: TokenOf, id = 'a'): Promise<Socket> => {
    const socket = io(`${fleet.process(id).url}/realtime`, {
      auth: { token: await tokenOf(who) },
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
    });
    sockets.push(socket);
    await new Promise<void>((resolve, reject) => {
      socket.on('connect', resolve);
      socket.on('connect_error', reject);
    });
    return socket;
  };
  const snapshotsFor = async (who: TokenOf, id = 'a'): Promise<RoomSnapshots> => {
    const socket = await connect(who, id);
    const { rooms } = (await socket.emitWithAck('subscribe', { rooms: ROOMS })) as SubscribeAnswer;
    return Object.fromEntries(
      ROOMS.map((room) => [room, (rooms[room] as { snapshot?: unknown } | undefined)?.snapshot]),
    ) as unknown as RoomSnapshots;
  };
  const wholeSnapshotsFor = (who: TokenOf): Promise<RoomSnapshots> =>
    eventually(async () => {
      const shown = await snapshotsFor(who);
      assertNothingStale(shown);
      return shown;
    });

  it('show all that a first paint needs in one answer', async () => {
    const shown = await getWhole<FrontendCoordination>(FRONTEND, { role: 'user' });
    assert.deepEqual(
      shown.services.items.map(({ serviceName, queue, inFlight, spend }) => [
        serviceName,
        queue?.total,
        inFlight,
        spend?.day.spentUsd,
      ]),
      SERVICE_NAMES.map((name) => [name, shareOf(name), shareOf(name), shareOf(name)]),
    );
    assert.equal(shown.costs.data?.total.day.spentUsd, ALL);
    assert.equal(shown.batching.data?.total?.requestsSent, ALL);
    assert.equal(shown.webhooks.data?.services.length, SERVICE_NAMES.length);
    assert.equal(shown.recommendations.data?.items.length, SERVICE_NAMES.length);
    assert.equal(shown.routing.data?.items.length, SERVICE_NAMES.length);
    assert.equal(shown.alerts.warning + shown.alerts.critical, SERVICE_NAMES.length);
    assert.deepEqual(shown.agents, []);
  });

  it('show a token of some services those alone, in every part', async () => {
    const frontend = await getWhole<FrontendCoordination>(FRONTEND, LIMITED);
    const dashboard = await getWhole<Dashboard>(DASHBOARD, LIMITED);
    assertOnly(['maps', 'twilio'], frontend);
    assertOnly(['maps', 'twilio'], dashboard);
    // 100 of maps and 1,000 of twilio.
    assert.equal(frontend.costs.data?.total.month.spentUsd, 1_100);
    assert.equal(frontend.batching.data?.total?.requestsSaved, 3_300);
    assert.equal(dashboard.alerts.items.length, 2);
    assert.deepEqual(dashboard.webhooks.data?.airtableFeeds, []);
  });

  it('show nothing to those who may not see them', async () => {
    for (const path of [FRONTEND, DASHBOARD]) {
      assert.equal((await fleet.process('a').get(path, { as: 'service' })).code, 'FORBIDDEN');
      assert.equal((await fleet.process('a').get(path, { as: null })).code, 'UNAUTHENTICATED');
    }
  });

  it('give a room’s snapshot to who joins it, of its own services, as new as what the room has told', async () => {
    await get<ServicesStatus>('/external-services/status', { role: 'admin' });
    const override = { coordinationId: 'c-1', remainingUsd: 5, expiresAt: '2026-11-21T11:00:00.000Z' };
    // What was asked for a moment ago is not good enough.
    await others.answer('service-routing', {
      items: SERVICE_NAMES.map((name) => ({ ...routingOf(name), strategy: 'ROUND_ROBIN', override })),
    });
    const all = await wholeSnapshotsFor({ role: 'admin' });
    assert.ok(all.api_status_updates.items.every(({ strategy }) => strategy === 'ROUND_ROBIN'));
    assert.deepEqual(all.coordination.data?.items, [
      ...SERVICE_NAMES.map((serviceName) => ({ serviceName, strategy: 'ROUND_ROBIN', override })),
    ]);
    assert.deepEqual(
      all.cost_monitoring.items.map(({ serviceName, day }) => [serviceName, day.spentUsd]),
      SERVICE_NAMES.map((name) => [name, shareOf(name)]),
    );
    assert.deepEqual(all.batching_performance.data?.items, SERVICE_NAMES.map(queueOf));
    assert.equal(all.webhook_events.data?.services.length, SERVICE_NAMES.length);
    assert.equal(all.rate_limit_alerts.items.length, SERVICE_NAMES.length);
    assert.deepEqual(all.agents, { items: [] });

    const some = await wholeSnapshotsFor(LIMITED);
    assertOnly(['maps', 'twilio'], some);
    for (const room of ['api_status_updates', 'cost_monitoring', 'rate_limit_alerts'] as const) {
      assert.equal(some[room].items.length, 2, room);
    }
    for (const room of ['coordination', 'batching_performance'] as const) {
      assert.equal(some[room].data?.items.length, 2, room);
    }
    await others.answerAll();
  });

  it('are pushed by one gateway to all who may see them, each with its services, without a gap', async () => {
    const pages = {
      a: open(fleet.process('a').url, ['api_status_updates']),
      b: open(fleet.process('b').url, ['api_status_updates']),
      limited: open(fleet.process('b').url, ['api_status_updates'], LIMITED),
      machine: open(fleet.process('a').url, ['api_status_updates'], { role: 'service' }),
    };
    for (const page of Object.values(pages)) {
      await eventually(() => assert.equal(page.client.state.state, 'live'), PATIENT);
    }
    /** Those that all four were there for, but for one that an app was late for. */
    const pushed = (page: { messages: ReceivedMessage[] }) => {
      const fromSeq = Math.max(...Object.values(pages).map(({ joined }) => placeOf(joined)));
      return page.messages.filter(
        (message): message is RoomMessage & DashboardUpdate =>
          message.eventType === 'dashboard_update' && message.seq > fromSeq && isWhole(message),
      );
    };
    await eventually(() => {
      for (const page of [pages.a, pages.b, pages.limited]) assert.ok(pushed(page).length >= 2);
    }, PATIENT);
    const [first, second] = pushed(pages.a) as [RoomMessage & DashboardUpdate, RoomMessage & DashboardUpdate];
    assert.equal(first.priority, 'normal');
    assert.equal(first.costs.data?.total.day.spentUsd, ALL);
    assert.equal(first.alerts.items.length, SERVICE_NAMES.length);
    assert.equal(first.services.items.length, SERVICE_NAMES.length);
    assert.ok(!('webhooks' in first || 'recommendations' in first));
    const onB = pushed(pages.b).find(({ seq }) => seq === second.seq);
    assert.deepEqual(withoutPlace(onB), withoutPlace(second), 'one message for both gateways');

    const narrowed = pushed(pages.limited).find(({ seq }) => seq === second.seq) as typeof second;
    const { alertCounts, ...narrowedRest } = narrowed;
    assertOnly(['maps', 'twilio'], withoutNumbers(narrowedRest));
    assert.equal(narrowed.costs.data?.total.day.spentUsd, 1_100);
    assert.equal(narrowed.alerts.warning + narrowed.alerts.critical, 2);
    assert.deepEqual(
      SERVICE_NAMES.filter((name) => Object.values(alertCounts[name]).some((count) => count > 0)),
      ['maps', 'twilio'],
    );
    assert.equal(narrowed.timestamp, second.timestamp);

    // A machine is told what the room tells, and no dashboard.
    const about = { serviceName: 'maps', nodeId: 'maps_primary', from: 'closed', to: 'open' } as const;
    const told = { reason: 'tried', openUntil: null, replicaId: 'test' };
    const occurredAt = new Date().toISOString();
    await bus.publish('circuits.changed', 'maps', { eventId: 'circuit-1', occurredAt, ...about, ...told });
    await eventually(() => {
      assert.ok(pages.machine.messages.some(({ eventType }) => eventType === 'circuit_changed'));
    });
    assert.ok(pages.machine.messages.every(({ eventType }) => eventType !== 'dashboard_update'));
    for (const page of Object.values(pages)) assert.equal(page.joined.length, 1, 'nobody saw a gap');

    // Who comes back later is told no more than who stayed.
    const socket = await connect(LIMITED);
    const missed: (RoomMessage & DashboardUpdate)[] = [];
    socket.on('dashboard_update', (message: RoomMessage & DashboardUpdate) => missed.push(message));
    await socket.emitWithAck('subscribe', {
      rooms: ['api_status_updates'],
      lastSeen: { api_status_updates: { epoch: first.epoch, seq: first.seq - 1 } },
    });
    await eventually(() => assert.ok(missed.length >= 2));
    for (const { alertCounts: _counts, ...rest } of missed) {
      assertOnly(['maps', 'twilio'], withoutNumbers(rest));
    }
  });

  it('wait for nobody: what an app that is away or silent last said is marked as stale', async () => {
    await others.goAway('webhook-coordination');
    await others.fallSilent('cost-monitoring');
    await eventually(async () => {
      const { webhooks, costs } = await get<Dashboard>(DASHBOARD, { role: 'admin' });
      assert.deepEqual([webhooks.stale, costs.stale], [true, true]);
      assert.equal(costs.data?.total.day.spentUsd, ALL);
      assert.equal(webhooks.data?.services.length, SERVICE_NAMES.length);
    });
    await others.answerAll();
  });

  it('say that nothing is known of an app that never answered, and show the rest', async () => {
    await others.goAway('webhook-coordination');
    await others.fallSilent('cost-monitoring');
    await others.goAway('service-routing');
    const restarted = await fleet.restart('a');
    const frontend = async (): Promise<FrontendCoordination> => {
      const token = await tokenOf({ role: 'admin' });
      const { data } = await restarted.get<FrontendCoordination>(FRONTEND, { as: { token } });
      assert.deepEqual(data.costs, { data: null, asOf: null, stale: true });
      assert.deepEqual(data.webhooks, { data: null, asOf: null, stale: true });
      assert.deepEqual(data.routing, { data: null, asOf: null, stale: true });
      assert.equal(data.services.stale, true);
      assert.ok(data.services.items.every(({ status }) => status === 'unknown'));
      return data;
    };
    await eventually(async () => assert.equal((await frontend()).batching.data?.total?.requestsSent, ALL));
    await roomsAreOpen(restarted);
    await eventually(async () => {
      const snapshots = await snapshotsFor({ role: 'admin' });
      assert.deepEqual(snapshots.webhook_events, { data: null, asOf: null, stale: true });
      assert.equal(snapshots.batching_performance.stale, false);
    });
    await others.answerAll();
  });
});

/** Every figure that is anywhere in it is about these services, and so is every name. */
function assertOnly(services: readonly ServiceName[], shown: object): void {
  const text = JSON.stringify(shown, (key, value: unknown) =>
    // Batching has a key for every service; those of others are empty.
    SERVICE_NAMES.some((name) => name === key) && value === null ? undefined : value,
  );
  for (const name of SERVICE_NAMES.filter((one) => !services.includes(one))) {
    assert.ok(!new RegExp(`\\b${name}\\b`, 'i').test(text), `${name} is in ${text.slice(0, 2_000)}`);
    // Of stripe's 1 nothing can be told.
    if (name === 'stripe') continue;
    assert.ok(
      !new RegExp(`[:,[]${shareOf(name)}[,}\\]]`).test(text),
      `a figure of ${name} is in ${text.slice(0, 2_000)}`,
    );
  }
}

/** No part of it is known from before only. */
function assertNothingStale(shown: object): void {
  for (const [part, { stale }] of Object.entries(shown) as [string, { stale?: boolean }][]) {
    assert.ok(stale !== true, `${part} is stale`);
  }
}

function isWhole({ services, costs, alerts }: ReceivedMessage & Partial<DashboardUpdate>): boolean {
  return [services, costs, alerts].every((part) => part?.stale === false);
}

/** The place of the room at which a page joined it. */
function placeOf([first]: Page['joined']): number {
  const [, answer] = first ?? [];
  return answer?.joined === true ? answer.seq : Infinity;
}

/** Its numbers in the room are figures of nobody's. */
function withoutNumbers({
  seq: _seq,
  coversFrom: _from,
  coalesced: _count,
  ...rest
}: Partial<ReceivedMessage>) {
  return rest;
}

function withoutPlace(message: ReceivedMessage | undefined): object {
  const { coversFrom: _from, coalesced: _coalesced, ...rest } = message ?? {};
  return rest;
}

function budgetOf(serviceName: ServiceName): BudgetState {
  const spentUsd = shareOf(serviceName);
  const period = {
    ...{ capUsd: spentUsd * 3, spentUsd, reservedUsd: 0, leasedUsd: 0, remainingUsd: spentUsd * 2 },
    ...{ utilization: 0.1, renewsAt: '2026-12-01T00:00:00.000Z' },
  };
  return {
    ...{ eventId: `budget-${serviceName}`, occurredAt: new Date().toISOString(), serviceName },
    day: { ...period, periodKey: '2026-11-21' },
    month: { ...period, periodKey: '2026-11' },
    ...{ band: 'open', throttleFrom: 0.9, shadow: false },
  };
}
