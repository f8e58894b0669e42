import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Logger } from '@nestjs/common';
import type { Alerting, ServiceName } from '@signalbox/contracts';
import { AlertStore, Database } from '@signalbox/persistence';
import { ManualClock, eventually, withServers } from '@signalbox/testkit';
import { AlertNews } from '../src/alerts/alert-news.js';
import { AlertRounds } from '../src/alerts/alert-rounds.js';
import type { AlertingRules } from '../src/alerts/alerting-rules.js';
import { Alerts, MOST_OF_A_KIND } from '../src/alerts/alerts.js';
import type { End, Raise } from '../src/alerts/lifecycle.js';
import { WatchThresholds } from '../src/alerts/watch-thresholds.js';
import type { PerformanceMetrics } from '../src/metrics/performance-metrics.js';
import type { StoredMessage } from '../src/rooms/stored-message.js';
import type { Rooms } from '../src/rooms/rooms.js';
import { metricsOf } from './support/metrics.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** The room as far as telling needs it: keeps each id once, and may be away. */
class Room {
  readonly told = new Map<string, StoredMessage>();
  isAway = false;

  append(_room: string, id: string, message: StoredMessage): Promise<void> {
    if (this.isAway) return Promise.reject(new Error('away'));
    if (!this.told.has(id)) this.told.set(id, message);
    return Promise.resolve();
  }
}

/** Alerts on a real PostgreSQL: as one gateway runs them, for as many gateways as a test wants. */
describe('alerts in PostgreSQL', () => {
  Logger.overrideLogger(false);
  let database: Database;
  after(() => database.close());
  const servers = withServers('postgres');
  before(async () => {
    database = new Database({ url: servers.databaseUrl, connectTimeoutMs: 30_000 });
    await database.migrate();
  });

  let clock: ManualClock;
  let room: Room;
  let alerting: Alerting;
  /** What they still tell would be the next test's, told in another room. */
  const telling: AlertNews[] = [];
  beforeEach(async () => {
    await Promise.all(telling.splice(0).map((news) => news.tellSoon()));
    await database.query('TRUNCATE alerts, alert_facts, alert_news, threshold_counts');
    clock = new ManualClock();
    room = new Room();
    alerting = {
      ...{ errorRate: null, p95Ms: null, p99Ms: null, budgetUtilization: null, criticalErrors: null },
      ...{ forCollections: 4, escalateAfterMinutes: 15 },
    };
  });

  const gateway = () => {
    const store = new AlertStore(database);
    let applied: (config: { serviceName: ServiceName }) => void = () => undefined;
    const rules = {
      areLoaded: true,
      find: () => alerting,
      escalateAfterMinutes: () => alerting.escalateAfterMinutes,
      onApplied: (listener: typeof applied) => (applied = listener),
    } as unknown as AlertingRules;
    const news = new AlertNews(store, room as unknown as Rooms);
    telling.push(news);
    const alerts = new Alerts(store, rules, news, clock);
    const rounds = new AlertRounds(alerts, store, news, rules, database, clock);
    const metrics = {} as unknown as PerformanceMetrics;
    const watch = new WatchThresholds(metrics, rules, alerts, store, clock, { metricsIntervalMs: 15_000 });
    return { store, news, alerts, rounds, watch, apply: () => applied({ serviceName: 'stripe' }) };
  };
  const now = () => new Date(clock.nowMs()).toISOString();
  let facts = 0;
  const aRaise = (more: Partial<Raise> = {}): Raise => ({
    ...{ does: 'raise', factId: `fact-${++facts}`, at: now(), key: 'circuit:stripe:n1', kind: 'circuit' },
    ...{ severity: 'warning', serviceName: 'stripe', nodeId: 'n1', amount: 1, endsAt: null },
    endsByAcknowledgement: false,
    message: ({ times }) => `open ${times} times`,
    advice: 'look',
    ...more,
  });
  const anEnd = (more: Partial<End> = {}): End => ({
    ...{ does: 'end', factId: `fact-${++facts}`, at: now(), key: 'circuit:stripe:n1', because: 'closed' },
    ...more,
  });
  const list = async () => (await gateway().alerts.list({}, null)).items;
  const told = () =>
    [...room.told.values()].map(
      ({ state, severity, priority }) => `${String(state)} ${String(severity)} ${priority}`,
    );

  it('raise once for a fact that comes twice, at a time and again, to any gateway', async () => {
    const { alerts, news } = gateway();
    const fact = aRaise();
    await Promise.all([alerts.take([fact, fact]), gateway().alerts.take([fact]), alerts.take([fact])]);
    await alerts.take([fact]);
    const [alert, ...others] = await list();
    assert.deepEqual([alert?.message, others], ['open 1 times', []]);
    await news.tellSoon();
    assert.deepEqual(told(), ['open warning normal']);
  });

  it('stay over when the fact that raised them comes again, or comes after the one that ended them', async () => {
    const { alerts } = gateway();
    const opened = aRaise();
    clock.advance(1_000);
    await alerts.take([opened, anEnd()]);
    await alerts.take([opened]);
    await alerts.take([aRaise({ at: opened.at })]);
    assert.deepEqual(
      (await list()).map(({ state, message }) => [state, message]),
      [['resolved', 'open 1 times Over: closed.']],
    );
    // Its end came first: the node's recovery and its degradation are told by different consumers.
    const late = aRaise({ key: 'degradation:stripe:n1', kind: 'degradation' });
    clock.advance(1_000);
    await alerts.take([anEnd({ key: 'degradation:stripe:n1' })]);
    await alerts.take([late]);
    assert.equal((await list()).length, 1);
  });

  it('stand and end by the order in which circuits are told, also by clocks that are apart', async () => {
    const { alerts } = gateway();
    const before = new Date(clock.nowMs() - 2_000).toISOString();
    await alerts.take([aRaise({ inOrder: true })]);
    await alerts.take([anEnd({ at: before, inOrder: true })]);
    assert.equal((await list())[0]?.state, 'resolved');
    await alerts.take([aRaise({ at: new Date(clock.nowMs() - 3_000).toISOString(), inOrder: true })]);
    assert.equal((await list())[0]?.state, 'open');
    // Of an outage, told when it has long been over.
    await alerts.take([anEnd({ inOrder: true })]);
    await alerts.take([aRaise({ at: new Date(clock.nowMs() - 6_000).toISOString(), inOrder: true })]);
    assert.equal((await list())[0]?.state, 'resolved');
  });

  it('tell each change once, in their order, however many gateways tell, and when the room is back', async () => {
    const one = gateway();
    const two = gateway();
    room.isAway = true;
    await one.alerts.take([aRaise()]);
    const [alert] = await list();
    await two.alerts.acknowledge(alert!.alertId, 'ada', () => undefined);
    await one.news.tellSoon();
    assert.equal(room.told.size, 0);
    room.isAway = false;
    await Promise.all([one.news.tellSoon(), two.news.tellSoon(), one.rounds.round(), two.rounds.round()]);
    assert.deepEqual(told(), ['open warning normal', 'acknowledged warning normal']);
    assert.deepEqual([...room.told.keys()], [`alert:${alert?.alertId}:1`, `alert:${alert?.alertId}:2`]);
    assert.equal((await one.store.untold()).length, 0);
  });

  it('escalate once however many gateways look, and catch up when all were away', async () => {
    const one = gateway();
    const two = gateway();
    await database.ping();
    await one.alerts.take([aRaise()]);
    clock.advance(15 * MINUTE - 1);
    await Promise.all([one.rounds.round(), two.rounds.round()]);
    assert.equal((await list())[0]?.escalations, 0);
    clock.advance(1);
    await Promise.all([one.rounds.round(), two.rounds.round()]);
    const [risen] = await list();
    assert.deepEqual([risen?.severity, risen?.escalations], ['critical', 1]);
    clock.advance(3 * 60 * MINUTE);
    await Promise.all([two.rounds.round(), one.rounds.round()]);
    const [last] = await list();
    assert.deepEqual([last?.severity, last?.escalations, last?.escalatesAt], ['emergency', 2, null]);
    await one.news.tellSoon();
    assert.deepEqual(told(), ['open warning normal', 'open critical critical', 'open emergency critical']);
  });

  it('follow a changed escalation at once', async () => {
    const { alerts, apply, rounds } = gateway();
    await database.ping();
    await alerts.take([aRaise()]);
    alerting = { ...alerting, escalateAfterMinutes: 1 };
    apply();
    clock.advance(MINUTE);
    await eventually(async () => {
      await rounds.round();
      assert.equal((await list())[0]?.escalations, 1);
    });
  });

  it('end by themselves when their time is up, and are not begun by a fact of a time that is over', async () => {
    const { alerts, rounds } = gateway();
    await database.ping();
    const endsAt = new Date(clock.nowMs() + 60 * MINUTE).toISOString();
    await alerts.take([aRaise({ key: 'budget:stripe:day', kind: 'budget', endsAt })]);
    clock.advance(60 * MINUTE - 1);
    await rounds.round();
    assert.equal((await list())[0]?.state, 'open');
    clock.advance(1);
    await rounds.round();
    const [over] = await list();
    assert.deepEqual([over?.state, over?.resolvedAt], ['resolved', now()]);
    assert.match(over?.message ?? '', /Over: a new period of the budget has begun\.$/);
    await alerts.take([aRaise({ key: 'budget:stripe:other', kind: 'budget', endsAt })]);
    assert.equal((await list()).length, 1);
  });

  it('share one alert beyond fifty of a service and kind', async () => {
    const { alerts } = gateway();
    const many = Array.from({ length: MOST_OF_A_KIND + 5 }, (_, index) =>
      aRaise({ key: `webhook:stripe:type-${index}`, kind: 'webhook', endsByAcknowledgement: true }),
    );
    await alerts.take(many.slice(0, 30));
    await alerts.take(many.slice(30));
    const { warning, items } = await alerts.standing(() => true);
    assert.deepEqual([warning, items.length], [MOST_OF_A_KIND + 1, 50]);
    const shared = (await gateway().alerts.list({ limit: 500 }, null)).items.filter(({ message }) =>
      message.startsWith('More than 50 alerts of this kind stand about stripe; 5 more'),
    );
    assert.equal(shared.length, 1);
    // Of another service there is room.
    await alerts.take([aRaise({ key: 'webhook:maps:x', kind: 'webhook', serviceName: 'maps' })]);
    assert.equal((await alerts.standing((name) => name === 'maps')).warning, 1);
  });

  it('are listed newest first, page by page, by what is asked for and may be seen', async () => {
    const { alerts } = gateway();
    for (const serviceName of ['stripe', 'maps', null] as const) {
      for (let index = 0; index < 3; index++) {
        const key = `circuit:${serviceName}:${index}`;
        const severity = index === 0 ? 'critical' : 'warning';
        await alerts.take([aRaise({ key, serviceName, severity })]);
        // Two of them in one millisecond.
        if (index !== 1) clock.advance(MINUTE);
      }
    }
    const pages: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await alerts.list({ limit: 2, ...(cursor === null ? {} : { cursor }) }, null);
      pages.push(...page.items.map(({ alertId }) => alertId));
      cursor = page.nextCursor;
    } while (cursor !== null);
    assert.deepEqual([pages.length, new Set(pages).size], [9, 9]);
    const raisedAt = (await alerts.list({}, null)).items.map((alert) => alert.raisedAt);
    assert.deepEqual(raisedAt, [...raisedAt].sort().reverse());
    const limited = (await alerts.list({}, ['maps'])).items;
    assert.deepEqual(new Set(limited.map(({ serviceName }) => serviceName)), new Set(['maps']));
    assert.equal((await alerts.list({ severity: 'critical' }, null)).items.length, 3);
    // `to` leaves out the newest two, which are of one moment.
    assert.equal((await alerts.list({ from: raisedAt[8]!, to: raisedAt[0]! }, null)).items.length, 7);
    assert.equal((await alerts.list({ state: 'resolved' }, null)).items.length, 0);
    const { critical, warning, items } = await alerts.standing((name) => name === null);
    assert.deepEqual([critical, warning, items.length], [1, 2, 3]);
  });

  it('are forgotten thirty days after they were over, and stand for as long as they stand', async () => {
    const { alerts, rounds } = gateway();
    await database.ping();
    await alerts.take([aRaise(), aRaise({ key: 'circuit:stripe:n2' })]);
    clock.advance(1_000);
    await alerts.take([anEnd()]);
    clock.advance(30 * DAY);
    await rounds.round();
    assert.equal((await list()).length, 2);
    clock.advance(61 * MINUTE);
    await rounds.round();
    assert.deepEqual(
      (await list()).map(({ state }) => state),
      ['open'],
    );
    const remembered = await database.query('SELECT fact_id FROM alert_facts');
    assert.equal(remembered.length, 0, 'facts are, after eight days');
  });

  it('count thresholds on when another gateway collects, and a collection that two made once', async () => {
    alerting = { ...alerting, p95Ms: 1_000, forCollections: 3 };
    const one = gateway();
    const two = gateway();
    const slow = () => [metricsOf('stripe', now(), { p95: 1_500 })];
    await one.watch.check(slow());
    await two.watch.check(slow());
    clock.advance(15_000);
    await Promise.all([one.watch.check(slow()), two.watch.check(slow())]);
    assert.equal((await list()).length, 0, 'two collections so far');
    clock.advance(15_000);
    await two.watch.check(slow());
    const [alert] = await list();
    assert.deepEqual([alert?.kind, alert?.state], ['threshold', 'open']);
    for (let index = 0; index < 3; index++) {
      clock.advance(15_000);
      await (index % 2 ? one : two).watch.check([metricsOf('stripe', now(), { p95: 100 })]);
    }
    assert.equal((await list())[0]?.state, 'resolved');
  });

  it('keep what a provider wrote, without what cannot be stored', async () => {
    const { alerts, news } = gateway();
    await alerts.take([aRaise({ message: () => 'refused: a\0b', advice: 'l\0ook' })]);
    const [alert] = await list();
    assert.deepEqual([alert?.message, alert?.advice], ['refused: ab', 'look']);
    await news.tellSoon();
    assert.equal([...room.told.values()][0]?.['message'], 'refused: ab');
  });

  it('raise in the end what is told only once while PostgreSQL is away', async () => {
    const { alerts, rounds } = gateway();
    await servers.kill('postgres');
    await alerts.report(aRaise({ serviceName: null }));
    await servers.restart('postgres');
    await eventually(async () => {
      await database.ping();
      await rounds.round();
      assert.equal((await list()).length, 1);
    });
  });
});
