import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AuditStore } from '../audit/audit-store.js';
import { Database } from '../database/database.js';
import { Partitions } from '../history/partitions.js';
import { NOON_MS } from '../testing/events.js';
import { withDatabase } from '../testing/with-database.js';
import { BatchItemStore, type Claim } from './batch-item-store.js';
import type { NewBatchItem } from './batch-item.js';
import { BatchStatistics } from './batch-statistics.js';
import { BatchDeadLetterStore } from './dead-letter-store.js';
import { BatchSettlements, type EndedItem, type Settling } from './settle-batch.js';

let made = 0;

function anItem(overrides: Partial<NewBatchItem> = {}): NewBatchItem {
  return {
    requestId: `breq_${String(++made).padStart(6, '0')}`,
    serviceName: 'airtable',
    operation: 'create_records',
    payload: { table: 'Orders' },
    payloadDigest: 'digest',
    priority: 'MEDIUM',
    tenant: 'orders',
    idempotencyKey: null,
    deadlineMs: null,
    correlationId: 'c-1',
    repeatable: false,
    acceptedAtMs: NOON_MS,
    ...overrides,
  };
}

function aClaim(requestIds: string[], overrides: Partial<Claim> = {}): Claim {
  return {
    claimId: `claim-${++made}`,
    batchId: 'batch-1',
    claimedBy: 'a',
    nodeId: 'airtable_primary',
    leaseMs: 60_000,
    leftAtMs: NOON_MS + 500,
    requestIds,
    ...overrides,
  };
}

function anEnd(requestId: string, claimId: string | null, overrides: Partial<EndedItem> = {}): EndedItem {
  return {
    requestId,
    claimId,
    state: 'succeeded',
    endedAtMs: NOON_MS + 1_000,
    statusCode: 200,
    result: { records: [] },
    reason: null,
    message: null,
    duplicateOf: null,
    aloneUnits: 1,
    ...overrides,
  };
}

function settling(overrides: Partial<Settling>): Settling {
  return { ended: [], released: [], tallies: [], news: [], ...overrides };
}

describe('batch stores', () => {
  const test = withDatabase();
  const items = () => new BatchItemStore(test.database);
  const settlements = () => new BatchSettlements(test.database);
  const deadLetters = () =>
    new BatchDeadLetterStore(test.database, new AuditStore(test.database, new Partitions(test.database)));
  const by = { actor: 'ada', role: 'admin', correlationId: 'c-2' };

  it('stores a request once for a tenant’s key, also when both come in one transaction', async () => {
    const store = items();
    const key = { idempotencyKey: 'order-1' };
    const [one, two, other] = await Promise.all([
      store.accept(anItem(key)),
      store.accept(anItem(key)),
      store.accept(anItem({ ...key, tenant: 'somebody else' })),
    ]);
    assert.deepEqual([one.isNew, two.isNew, other.isNew], [true, false, true]);
    assert.equal(two.requestId, one.requestId);
    const changed = await store.accept(anItem({ ...key, payloadDigest: 'another' }));
    assert.deepEqual([changed.requestId, changed.sameRequest], [one.requestId, false]);
  });

  it('keeps a payload as it came, to the last digit', async () => {
    const store = items();
    const payload = { b: 0.1, a: [1e21, 'x\u0000y', null], emoji: '🚚' };
    const { requestId } = await store.accept(anItem({ payload }));
    assert.deepEqual((await store.find(requestId))?.payload, payload);
  });

  it('lets exactly one of many claim a request, and only the claimer end it, once', async () => {
    const store = items();
    const { requestId } = await store.accept(anItem());
    const claims = Array.from({ length: 8 }, () => aClaim([requestId]));
    const taken = await Promise.all(claims.map((claim) => store.claim(claim)));
    const winners = claims.filter((_, index) => taken[index]?.has(requestId));
    assert.equal(winners.length, 1);
    assert.equal(taken.find((one) => one.size > 0)?.get(requestId), 1);

    const stranger = await settlements().settle(settling({ ended: [anEnd(requestId, 'claim-of-nobody')] }));
    const unclaimed = await settlements().settle(settling({ ended: [anEnd(requestId, null)] }));
    assert.equal(stranger.size + unclaimed.size, 0);
    const winner = winners[0]?.claimId ?? '';
    const ends = await Promise.all(
      [1, 2, 3].map(() => settlements().settle(settling({ ended: [anEnd(requestId, winner)] }))),
    );
    assert.equal(
      ends.reduce((sum, settled) => sum + settled.size, 0),
      1,
    );
    const record = await store.find(requestId);
    assert.deepEqual([record?.state, record?.statusCode, record?.attempts], ['succeeded', 200, 1]);
    assert.equal((await store.claim(aClaim([requestId]))).size, 0, 'what has ended is never sent again');
  });

  it('gives a request of a dead worker to another only where sending twice is sending once', async () => {
    const store = items();
    const [safe, unsafe] = await Promise.all([
      store.accept(anItem({ repeatable: true })),
      store.accept(anItem({ repeatable: false })),
    ]);
    const ids = [safe.requestId, unsafe.requestId];
    await store.claim(aClaim(ids, { leaseMs: -1_000 }));
    const second = await store.claim(aClaim(ids));
    assert.deepEqual([...second], [[safe.requestId, 2]]);
    const early = await settlements().bury(ids, 60_000, NOON_MS, 'outcome_unknown', 'nobody knows');
    assert.deepEqual(early, [], 'its worker may still be writing the answer');
    const buried = await settlements().bury(ids, 0, NOON_MS, 'outcome_unknown', 'nobody knows');
    assert.deepEqual(buried, [unsafe.requestId]);
    assert.equal((await store.find(unsafe.requestId))?.reason, 'outcome_unknown');
  });

  it('counts an end, its wait and its calls once, in the transaction that makes them true', async () => {
    const statistics = new BatchStatistics(test.database);
    const store = items();
    const service = { serviceName: 'maps' as const };
    const accepted = await Promise.all([
      store.accept(anItem({ ...service, priority: 'HIGH' })),
      store.accept(anItem({ ...service, priority: 'HIGH' })),
      store.accept(anItem({ ...service, priority: 'HIGH' })),
    ]);
    const [one, two, three] = accepted.map(({ requestId }) => requestId) as [string, string, string];
    const claim = aClaim([one, two]);
    await store.claim(claim);
    const tally = { ...service, calls: 1, retries: 0, bisections: 0, billableUnits: 1, costMicroUsd: 5_000 };
    const order = settling({
      ended: [
        anEnd(one, claim.claimId),
        anEnd(two, claim.claimId, { state: 'failed', statusCode: 404, reason: 'refused', message: 'gone' }),
        anEnd(three, null, { duplicateOf: one }),
      ],
      tallies: [tally],
    });
    await settlements().settle(order);
    await settlements().settle({ ...order, tallies: [] });
    const nowMs = Date.now();
    const [sums] = (await statistics.sums(nowMs - 7_200_000, nowMs + 3_600_000)).filter(
      ({ serviceName }) => serviceName === 'maps',
    );
    assert.deepEqual(sums, {
      serviceName: 'maps',
      requests: 3,
      carried: 3,
      succeeded: 2,
      failed: 1,
      dead: 0,
      duplicates: 1,
      calls: 1,
      retries: 0,
      bisections: 0,
      billableUnits: 1,
      aloneUnits: 3,
      costMicroUsd: 5_000,
    });
    const [waits] = (await statistics.waits(nowMs - 7_200_000, nowMs + 3_600_000)).filter(
      ({ serviceName }) => serviceName === 'maps',
    );
    assert.deepEqual([waits?.priority, waits?.requests, waits?.meanMs], ['HIGH', 2, 500]);
    // 500 ms is in the bucket that ends at 1.1^66 = 539.4 ms.
    assert.ok(Math.abs((waits?.p99Ms ?? 0) - 539.4) < 0.1, String(waits?.p99Ms));
  });

  it('counts by hours of UTC, also in a database of a zone that is half an hour off', async () => {
    await test.database.query(`ALTER ROLE CURRENT_USER SET timezone = 'Asia/Kolkata'`);
    const elsewhere = new Database({ url: test.servers.databaseUrl, connectTimeoutMs: 30_000 });
    try {
      const { requestId } = await items().accept(anItem({ serviceName: 'stripe' }));
      const claim = aClaim([requestId]);
      await items().claim(claim);
      const tally = { calls: 1, retries: 0, bisections: 0, billableUnits: 1, costMicroUsd: 0 };
      await new BatchSettlements(elsewhere).settle(
        settling({
          ended: [anEnd(requestId, claim.claimId)],
          tallies: [{ serviceName: 'stripe', ...tally }],
        }),
      );
    } finally {
      await test.database.query('ALTER ROLE CURRENT_USER RESET timezone');
      await elsewhere.close();
    }
    const hours = await test.database.query<{ hour: string }>(
      `SELECT hour FROM batch_tallies WHERE service_name = 'stripe'
       UNION SELECT hour FROM batch_waits WHERE service_name = 'stripe'`,
    );
    assert.ok(hours.length > 0);
    for (const { hour } of hours) assert.match(hour, /T\d\d:00:00\.000Z$/);
  });

  it('counts as carried only what a counted call took to the provider, or an equal request in its stead', async () => {
    const store = items();
    const service = { serviceName: 'samsara' as const };
    const ids: string[] = [];
    for (let n = 0; n < 7; n++) ids.push((await store.accept(anItem(service))).requestId);
    const [sent, equal, refused, equalToRefused, gaveUp, unknown, replayed] = ids as [
      ...[string, string, string, string],
      ...[string, string, string],
    ];
    const claim = aClaim([sent, replayed]);
    await store.claim(claim);
    await store.claim(aClaim([unknown], { leaseMs: -1 }));
    const dead = { state: 'dead', statusCode: null, result: null, message: 'over' } as const;
    const tally = { ...service, calls: 1, retries: 0, bisections: 0, billableUnits: 1, costMicroUsd: 5_000 };
    await settlements().settle(
      settling({
        ended: [
          anEnd(sent, claim.claimId),
          anEnd(equal, null, { duplicateOf: sent }),
          anEnd(refused, null, { ...dead, reason: 'not_admitted' }),
          anEnd(equalToRefused, null, { ...dead, reason: 'not_admitted', duplicateOf: refused }),
          anEnd(gaveUp, null, { ...dead, reason: 'gave_up' }),
          anEnd(replayed, claim.claimId, { ...dead, statusCode: 400, reason: 'refused' }),
        ],
        tallies: [tally],
      }),
    );
    assert.deepEqual(
      await settlements().bury(
        [unknown],
        0,
        NOON_MS,
        'outcome_unknown',
        'its worker died, and its call with it',
      ),
      [unknown],
    );
    // The dead letter is tried again and this time never leaves.
    await deadLetters().replay({ requestIds: [replayed], services: null }, 1, NOON_MS, by);
    await settlements().settle(
      settling({ ended: [anEnd(replayed, null, { ...dead, reason: 'not_admitted' })] }),
    );
    const nowMs = Date.now();
    const [sums] = (
      await new BatchStatistics(test.database).sums(nowMs - 7_200_000, nowMs + 3_600_000)
    ).filter(({ serviceName }) => serviceName === 'samsara');
    // Of 8 ends (the replayed one ends twice) these were carried: the one sent, its equal, and the replayed one once.
    assert.deepEqual(
      [sums?.requests, sums?.carried, sums?.calls, sums?.aloneUnits, sums?.billableUnits],
      [8, 3, 1, 3, 1],
    );
  });

  it('releases a request to be tried again, with or without counting the attempt', async () => {
    const store = items();
    const [one, two] = await Promise.all([store.accept(anItem()), store.accept(anItem())]);
    const claim = aClaim([one.requestId, two.requestId]);
    await store.claim(claim);
    const how = {
      claimId: claim.claimId,
      availableAtMs: NOON_MS + 9_000,
      queueId: 'p_again',
      reason: 'node_failed',
      message: 'HTTP 503',
    };
    await settlements().settle(
      settling({
        released: [
          { requestId: one.requestId, ...how, refundAttempt: false },
          { requestId: two.requestId, ...how, refundAttempt: true },
        ],
      }),
    );
    const records = await Promise.all([one, two].map(({ requestId }) => store.find(requestId)));
    assert.deepEqual(
      records.map((record) => [record?.state, record?.attempts, record?.availableAtMs]),
      [
        ['retrying', 1, NOON_MS + 9_000],
        ['queued', 0, NOON_MS + 9_000],
      ],
    );
  });

  it('keeps news until it is told', async () => {
    const news = {
      eventId: 'batch-9',
      fact: 'batches.completed' as const,
      serviceName: 'stripe' as const,
      body: { eventId: 'batch-9' },
    };
    await settlements().settle(settling({ news: [news] }));
    assert.deepEqual(await settlements().untold(60_000, 10), []);
    assert.deepEqual(await settlements().untold(-1_000, 10), [news]);
    await settlements().told(['batch-9']);
    assert.deepEqual(await settlements().untold(-1_000, 10), []);
  });

  it('replays and discards dead letters, each audited, and leaves every other request alone', async () => {
    const store = items();
    const twilio = { serviceName: 'twilio' as const };
    const accepted = await Promise.all([1, 2, 3].map(() => store.accept(anItem(twilio))));
    const ids = accepted.map(({ requestId }) => requestId).sort();
    const claim = aClaim(ids.slice(0, 2));
    await store.claim(claim);
    const dead = { state: 'dead', reason: 'refused', statusCode: 400, message: 'no such number' } as const;
    await settlements().settle(
      settling({
        ended: ids
          .slice(0, 2)
          .map((id, index) => anEnd(id, claim.claimId, { ...dead, endedAtMs: NOON_MS + index })),
      }),
    );
    const filter = { ...twilio, reason: 'refused' as const, services: null };
    const first = await deadLetters().list(filter, { limit: 1 });
    assert.deepEqual(
      first.items.map(({ requestId }) => requestId),
      [ids[1]],
      'newest first',
    );
    const second = await deadLetters().list(filter, { limit: 1, cursor: first.nextCursor ?? '' });
    assert.deepEqual([second.items[0]?.requestId, second.nextCursor], [ids[0], null]);
    assert.deepEqual(await deadLetters().count(filter), [
      { serviceName: 'twilio', reason: 'refused', count: 2 },
    ]);
    assert.deepEqual(await deadLetters().count({ ...filter, services: ['maps'] }), []);

    const replayed = await deadLetters().replay(filter, 1, NOON_MS + 60_000, by);
    assert.deepEqual(
      replayed.map(({ requestId, state, attempts }) => [requestId, state, attempts]),
      [[ids[0], 'queued', 0]],
    );
    assert.equal((await store.find(ids[0] ?? ''))?.replays, 1);
    assert.deepEqual(await deadLetters().discard(filter, 10, NOON_MS + 60_000, by), [ids[1]]);
    assert.equal((await store.find(ids[1] ?? ''))?.state, 'discarded');
    assert.equal((await store.find(ids[2] ?? ''))?.state, 'queued');
    const audit = await test.database.query<{ action: string; object: string }>(
      `SELECT action, object FROM audit_entries WHERE action LIKE 'batch.%' AND service_name = 'twilio' ORDER BY id`,
    );
    assert.deepEqual(audit, [
      { action: 'batch.replay', object: `batch-request:${ids[0]}` },
      { action: 'batch.discard', object: `batch-request:${ids[1]}` },
    ]);
  });

  it('lists what is live in pages, and deletes what ended long ago', async () => {
    const store = items();
    const sendgrid = { serviceName: 'sendgrid' as const };
    const accepted = await Promise.all([1, 2, 3].map(() => store.accept(anItem(sendgrid))));
    const ids = accepted.map(({ requestId }) => requestId).sort();
    const page = await store.live('sendgrid', '', 2);
    assert.deepEqual(
      page.map(({ requestId }) => requestId),
      ids.slice(0, 2),
    );
    const claim = aClaim([ids[0] ?? '']);
    await store.claim(claim);
    await settlements().settle(settling({ ended: [anEnd(ids[0] ?? '', claim.claimId)] }));
    assert.deepEqual(
      (await store.live('sendgrid', '', 9)).map(({ requestId }) => requestId),
      ids.slice(1),
    );
    assert.ok((await store.purge(NOON_MS + 2_000, 0, 1_000)) > 0);
    assert.equal(await store.find(ids[0] ?? ''), null);
    assert.deepEqual(await store.depth('sendgrid'), [
      { priority: 'MEDIUM', state: 'queued', requests: 2, oldestAcceptedAtMs: NOON_MS },
    ]);
  });
});
