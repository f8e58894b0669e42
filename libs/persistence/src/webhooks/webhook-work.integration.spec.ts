import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BY, withDatabase } from '../testing/with-database.js';
import { webhookEventId, WebhookReceipts, type NewWebhookEvent } from './webhook-receipts.js';
import { WebhookEvents } from './webhook-events.js';
import { expireWebhooks } from './webhook-expiry.js';
import { WebhookOutbox } from './webhook-outbox.js';
import { WebhookReplays } from './webhook-replays.js';
import { WebhookWork, type ClaimedEvent, type WorkResult } from './webhook-work.js';

const CLAIMS = ['a', 'b', 'c'].map((letter) => `0000000${letter}-0000-4000-8000-000000000000`) as [
  string,
  string,
  string,
];

describe('webhook stores', () => {
  const test = withDatabase();
  let serial = 0;
  const anEvent = (given: Partial<NewWebhookEvent> = {}): NewWebhookEvent => {
    const receivedAtMs = given.receivedAtMs ?? test.clock.nowMs();
    const unique = (++serial).toString(36).padStart(6, '0');
    return {
      eventId: webhookEventId(receivedAtMs, unique),
      receivedAtMs,
      serviceName: 'stripe',
      externalId: `evt_${unique}`,
      type: 'charge.failed',
      entity: null,
      sequence: null,
      occurredAt: null,
      critical: false,
      address: '203.0.113.7',
      secretId: null,
      payload: '{"text":"quoted \\"and\\" \\u0000 \\ud800"}',
      fact: '{}',
      ...given,
    };
  };
  const receipts = () => new WebhookReceipts(test.database, test.partitions);
  const work = () => new WebhookWork(test.database);
  const claim = (name: string, limit = 100, leaseMs = 10_000) =>
    work().claim({
      claim: name,
      nowMs: test.clock.nowMs(),
      claimedUntilMs: test.clock.nowMs() + leaseMs,
      limit,
    });
  const aResult = (event: { eventId: string }, given: Partial<WorkResult> = {}): WorkResult => ({
    eventId: event.eventId,
    outcome: 'processed',
    dueAtMs: null,
    reason: null,
    handler: 'stripe.payment_failed',
    startedAtMs: test.clock.nowMs(),
    durationMs: 1.5,
    facts: [],
    ...given,
  });
  const ids = (events: readonly { eventId: string }[]) => events.map(({ eventId }) => eventId);
  const settleAll = async (name: string, events: readonly ClaimedEvent[]) =>
    work().settle(
      name,
      'r1',
      events.map((event) => aResult(event)),
    );
  const finishEverything = async () => {
    for (;;) {
      const claimed = await claim(CLAIMS[2]);
      if (claimed.length === 0) return;
      await settleAll(CLAIMS[2], claimed);
    }
  };

  it('writes an event once, however many batches hold it at a time', async () => {
    const copies = Array.from({ length: 20 }, () => anEvent({ externalId: 'evt_same' }));
    const others = copies.map(() => anEvent());
    const fresh = await Promise.all(
      copies.map((copy, index) => receipts().store([others[index] as NewWebhookEvent, copy])),
    );
    const stored = fresh.flatMap((set) => [...set]);
    assert.equal(stored.filter((id) => ids(copies).includes(id)).length, 1);
    assert.deepEqual(stored.filter((id) => !ids(copies).includes(id)).sort(), ids(others).sort());
    const [row] = await test.database.query(
      `SELECT (SELECT count(*) FROM webhook_events) AS events, (SELECT count(*) FROM webhook_work) AS work,
         (SELECT count(*) FROM webhook_outbox) AS outbox`,
    );
    assert.deepEqual(row, { events: 21, work: 21, outbox: 21 });
    await finishEverything();
  });

  it('gives the payload back as it was', async () => {
    const event = anEvent();
    await receipts().store([event]);
    const [claimed] = await claim(CLAIMS[0]);
    assert.equal(claimed?.payload, event.payload);
    assert.deepEqual((await new WebhookEvents(test.database).get(event.eventId)).payload, {
      text: 'quoted "and" \0 \ud800',
    });
    await settleAll(CLAIMS[0], [claimed]);
  });

  it('gives an event to one claim at a time, and to another when that one has run out', async () => {
    const events = [anEvent(), anEvent(), anEvent()];
    await receipts().store(events);
    // Claims at the same moment pass by what the other one has locked, and may come back with less than there is.
    const [first, second] = await Promise.all([claim(CLAIMS[0], 2), claim(CLAIMS[1], 2)]);
    const together = [...first, ...second];
    assert.ok(together.length >= 2);
    assert.equal(new Set(ids(together)).size, together.length);
    const left = await claim(CLAIMS[1]);
    assert.deepEqual(ids([...together, ...left]).sort(), ids(events).sort());
    test.clock.advance(10_001);
    const again = await claim(CLAIMS[2]);
    assert.deepEqual(ids(again).sort(), ids(events).sort());
    // Too late: the results are nobody's, and nothing of them is told.
    const late = again.map((event) =>
      aResult(event, {
        facts: [
          {
            factId: `late:${event.eventId}`,
            fact: 'webhooks.processed',
            serviceName: 'stripe',
            body: '{}',
          },
        ],
      }),
    );
    for (const name of [CLAIMS[0], CLAIMS[1]]) {
      assert.deepEqual(await work().settle(name, 'r1', late), new Set());
    }
    assert.deepEqual(await settleAll(CLAIMS[2], again), new Set(ids(again)));
    const facts = await test.database.query(`SELECT 1 FROM webhook_outbox WHERE fact_id LIKE 'late:%'`);
    assert.equal(facts.length, 0);
  });

  it('keeps the order of an entity by the provider’s numbers, and takes followers along', async () => {
    const entity = 'customer:cus_1';
    const third = anEvent({ entity, sequence: 30 });
    const first = anEvent({ entity, sequence: 10 });
    const second = anEvent({ entity, sequence: 20 });
    const other = anEvent({ entity: 'customer:cus_2', sequence: 5 });
    await receipts().store([third, first, second, other]);
    const claimed = await claim(CLAIMS[0], 2);
    assert.deepEqual(ids(claimed.filter((event) => event.entity === entity)), ids([first, second, third]));
    // The first has failed: the others of its entity wait with it, until it is done with or dead.
    await work().settle(CLAIMS[0], 'r1', [
      aResult(first, { outcome: 'retrying', dueAtMs: test.clock.nowMs() + 5_000, reason: 'no luck' }),
      aResult(second, { outcome: 'released' }),
      aResult(third, { outcome: 'released' }),
      aResult(other),
    ]);
    assert.deepEqual(await claim(CLAIMS[1]), []);
    const earlier = anEvent({ entity, sequence: 5 });
    await receipts().store([earlier]);
    // The newcomer goes first; those behind the one that is not due stay behind it.
    const newcomer = await claim(CLAIMS[1]);
    assert.deepEqual(ids(newcomer), ids([earlier]));
    await settleAll(CLAIMS[1], newcomer);
    test.clock.advance(5_000);
    const all = await claim(CLAIMS[1]);
    assert.deepEqual(ids(all), ids([first, second, third]));
    assert.equal(all[0]?.attempts, 1);
    await work().settle(CLAIMS[1], 'r1', [aResult(first, { outcome: 'dead', reason: 'gave up' })]);
    test.clock.advance(10_001);
    const rest = await claim(CLAIMS[0]);
    assert.deepEqual(ids(rest), ids([second, third]));
    await settleAll(CLAIMS[0], rest);
  });

  it('takes critical events first, with what stands before them', async () => {
    const usual = Array.from({ length: 5 }, () => anEvent());
    const before = anEvent({ entity: 'vehicle:1', sequence: 1 });
    const critical = anEvent({ entity: 'vehicle:1', sequence: 2, critical: true });
    await receipts().store([...usual, before, critical]);
    const claimed = await claim(CLAIMS[0], 1);
    assert.deepEqual(ids(claimed), ids([before, critical]));
    await settleAll(CLAIMS[0], claimed);
    await finishEverything();
  });

  it('shows what became of an event, page by page', async () => {
    const events = new WebhookEvents(test.database);
    const [done, failing, dead] = [1, 2, 3].map((sequence) =>
      anEvent({ serviceName: 'samsara', entity: `vehicle:${sequence}0`, sequence }),
    ) as [NewWebhookEvent, NewWebhookEvent, NewWebhookEvent];
    await receipts().store([done, failing, dead]);
    await claim(CLAIMS[0]);
    await work().settle(CLAIMS[0], 'r1', [
      aResult(done, { handler: null, outcome: 'ignored' }),
      aResult(failing, { outcome: 'retrying', dueAtMs: test.clock.nowMs() + 60_000, reason: 'busy' }),
      aResult(dead, { outcome: 'dead', reason: 'invalid' }),
    ]);
    const query = { serviceName: 'samsara', services: null } as const;
    const page = await events.list({ ...query, limit: 2 });
    const rest = await events.list({ ...query, limit: 2, cursor: page.nextCursor as string });
    const states = [...page.items, ...rest.items].map(({ webhookEventId: id, state }) => [id, state]);
    assert.deepEqual(states, [
      [dead.eventId, 'dead'],
      [failing.eventId, 'retrying'],
      [done.eventId, 'ignored'],
    ]);
    for (const state of ['dead', 'retrying', 'ignored'] as const) {
      assert.equal((await events.list({ ...query, state })).items.length, 1, state);
    }
    assert.equal((await events.list({ ...query, services: ['stripe'] })).items.length, 0);
    const { attempts, reason, attemptCount } = await events.get(failing.eventId);
    assert.deepEqual(
      [attempts.length, attempts[0]?.outcome, reason, attemptCount],
      [1, 'retrying', 'busy', 1],
    );
    await assert.rejects(events.get('webhook_99999999999999_x'), { code: 'NOT_FOUND' });
    await assert.rejects(events.get("'; DROP TABLE webhook_events"), { code: 'NOT_FOUND' });

    const replays = new WebhookReplays(test.database, test.audit);
    await assert.rejects(replays.one(failing.eventId, BY, undefined), { code: 'CONFLICT' });
    await replays.one(dead.eventId, BY, 'mended');
    await assert.rejects(replays.one(dead.eventId, BY, 'twice'), { code: 'CONFLICT' });
    const dry = await replays.many(
      { filter: { ...query, state: 'ignored' }, limit: 10, dryRun: true, reason: undefined },
      BY,
    );
    assert.deepEqual([dry.matched, dry.replayed, dry.more], [1, 0, false]);
    assert.equal((await events.get(done.eventId)).state, 'ignored');
    const wet = await replays.many({ filter: query, limit: 10, dryRun: false, reason: undefined }, BY);
    assert.equal(wet.replayed, 1);
    test.clock.advance(Date.now());
    const replayed = await claim(CLAIMS[1]);
    assert.deepEqual(
      replayed
        .filter(({ eventId }) => eventId !== failing.eventId)
        .map(({ run, attempts: tries }) => [run, tries]),
      [
        [2, 0],
        [2, 0],
      ],
    );
    await settleAll(CLAIMS[1], replayed);
    assert.deepEqual(
      (await events.get(dead.eventId)).attempts.map(({ run, outcome }) => [run, outcome]),
      [
        [1, 'dead'],
        [2, 'processed'],
      ],
    );
    const { items } = await test.audit.list({ object: `webhook-event:${dead.eventId}` });
    assert.deepEqual([items.length, items[0]?.action], [1, 'webhook.replay']);
  });

  it('lets a fact be told by another when its teller is gone, by one at a time', async () => {
    const outbox = new WebhookOutbox(test.database);
    const nowMs = Date.now();
    assert.deepEqual(await outbox.overdue(nowMs - 60_000, nowMs, 10), []);
    const [mine, theirs] = await Promise.all([
      outbox.overdue(nowMs + 60_000, nowMs + 120_000, 10),
      outbox.overdue(nowMs + 60_000, nowMs + 120_000, 10),
    ]);
    const taken = [...mine, ...theirs].map(({ factId }) => factId);
    assert.equal(new Set(taken).size, taken.length);
    assert.equal(taken.length, 20);
    const before = await outbox.waiting();
    await outbox.forget(taken);
    assert.equal(await outbox.waiting(), before - 20);
  });

  it('forgets keys after 30 days and not before', async () => {
    const event = anEvent({ externalId: 'evt_old', receivedAtMs: Date.now() - 29 * 86_400_000 });
    await receipts().store([event]);
    await expireWebhooks(test.database, Date.now());
    assert.equal((await receipts().store([anEvent({ externalId: 'evt_old' })])).size, 0);
    await expireWebhooks(test.database, Date.now() + 2 * 86_400_000);
    assert.equal((await receipts().store([anEvent({ externalId: 'evt_old' })])).size, 1);
  });

  it('leaves all but the critical events for later when asked to', async () => {
    await finishEverything();
    const [usual, critical] = [anEvent(), anEvent({ critical: true })];
    await receipts().store([usual, critical]);
    const options = { nowMs: test.clock.nowMs(), claimedUntilMs: test.clock.nowMs() + 10_000, limit: 100 };
    const urgent = await work().claim({ claim: CLAIMS[0], criticalOnly: true, ...options });
    assert.deepEqual(ids(urgent), [critical.eventId]);
    await settleAll(CLAIMS[0], urgent);
    assert.deepEqual(await work().claim({ claim: CLAIMS[0], criticalOnly: true, ...options }), []);
    assert.deepEqual(ids(await claim(CLAIMS[1])), [usual.eventId]);
  });
});
