import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AuditStore } from '../audit/audit-store.js';
import { Partitions } from '../history/partitions.js';
import { aClaim, anEnd, anItem, settling } from '../testing/batches.js';
import { NOON_MS } from '../testing/events.js';
import { withDatabase } from '../testing/with-database.js';
import { BatchItemStore } from './batch-item-store.js';
import { BatchDeadLetterStore } from './dead-letter-store.js';
import { BatchSettlements } from './settle-batch.js';

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
