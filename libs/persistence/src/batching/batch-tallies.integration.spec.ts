import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AuditStore } from '../audit/audit-store.js';
import { Database } from '../database/database.js';
import { Partitions } from '../history/partitions.js';
import { aClaim, anEnd, anItem, settling } from '../testing/batches.js';
import { NOON_MS } from '../testing/events.js';
import { withDatabase } from '../testing/with-database.js';
import { BatchItemStore } from './batch-item-store.js';
import { BatchStatistics } from './batch-statistics.js';
import { BatchDeadLetterStore } from './dead-letter-store.js';
import { BatchSettlements } from './settle-batch.js';

describe('what batches are counted by', () => {
  const test = withDatabase();
  const items = () => new BatchItemStore(test.database);
  const settlements = () => new BatchSettlements(test.database);
  const deadLetters = () =>
    new BatchDeadLetterStore(test.database, new AuditStore(test.database, new Partitions(test.database)));
  const by = { actor: 'ada', role: 'admin', correlationId: 'c-2' };

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
});
