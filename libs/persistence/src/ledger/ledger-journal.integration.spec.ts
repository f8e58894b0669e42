import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { snapshotOf, type LedgerSnapshot, type Movement, type MovementKind } from '@signalbox/budgets';
import type { ServiceName } from '@signalbox/contracts';
import { ManualClock } from '@signalbox/testkit';
import { DAY_MS } from '../history/partition-period.js';
import { withDatabase } from '../testing/with-database.js';
import { CLOSED_AFTER_MS, LedgerHours } from './ledger-hours.js';
import { LedgerJournal } from './ledger-journal.js';

const NOON_MS = Date.UTC(2026, 0, 15, 12);
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

interface Given extends Partial<Movement> {
  kind: MovementKind;
  reservationId: string;
}

describe('LedgerJournal', () => {
  const test = withDatabase();
  const journalAt = (nowMs: number) =>
    new LedgerJournal(test.database, test.partitions, new ManualClock(nowMs));
  const hours = () => new LedgerHours(test.database);
  /** Each test has services of its own: the journal keeps them apart. */
  const open = async (service: ServiceName, nowMs = NOON_MS) => journalAt(nowMs).openGeneration(service);

  function movement(serviceName: ServiceName, generation: number, given: Given): Movement {
    const reservedAtMs = given.reservedAtMs ?? NOON_MS;
    const date = new Date(reservedAtMs).toISOString();
    const opens = ['reserve', 'transfer', 'lease'].includes(given.kind);
    return {
      movementId: `${serviceName}:${given.kind}:${given.reservationId}`,
      serviceName,
      generation,
      amountMicroUsd: opens || given.kind === 'commit' ? 1_000 : 0,
      dayKey: date.slice(0, 10),
      monthKey: date.slice(0, 7),
      reservedAtMs,
      atMs: reservedAtMs,
      expiresAtMs: opens ? reservedAtMs + 10 * MINUTE_MS : null,
      leaseId: null,
      overrideId: null,
      overrideDrawMicroUsd: 0,
      ...given,
    };
  }

  it('begins with an empty ledger of the first generation', async () => {
    const snapshot = await open('airtable');
    assert.deepEqual(snapshot, {
      serviceName: 'airtable',
      generation: 1,
      periods: [],
      entries: [],
      transferredMicroUsd: {},
      callsByMinute: [],
      alertIds: [],
    });
    assert.equal((await open('airtable')).generation, 2);
  });

  it('stores nothing of a generation that is over, and says so, but knows what it had stored before', async () => {
    const first = await open('maps');
    const [before, after] = ['a', 'b'].map((reservationId) =>
      movement('maps', first.generation, { kind: 'reserve', reservationId }),
    );
    assert.deepEqual(await journalAt(NOON_MS).append([before!]), [true]);
    const second = await open('maps');
    assert.deepEqual(await journalAt(NOON_MS).append([before!, after!]), [true, false]);
    const current = movement('maps', second.generation, { kind: 'reserve', reservationId: 'c' });
    assert.deepEqual(await journalAt(NOON_MS).append([after!, current]), [false, true]);
    const { entries } = await open('maps');
    assert.deepEqual(entries.map(({ reservationId }) => reservationId).sort(), ['a', 'c']);
  });

  it('counts a movement once however often it is appended, also by several replicas at once', async () => {
    const { generation } = await open('twilio');
    const moves = [
      movement('twilio', generation, { kind: 'reserve', reservationId: 'a' }),
      movement('twilio', generation, { kind: 'commit', reservationId: 'a', amountMicroUsd: 700 }),
    ];
    const appended = await Promise.all([1, 2, 3].map(() => journalAt(NOON_MS).append([...moves, ...moves])));
    assert.deepEqual(appended.flat(), Array(12).fill(true));
    const { periods, entries } = await open('twilio');
    assert.deepEqual(periods, [
      { kind: 'day', key: '2026-01-15', spentMicroUsd: 700, calls: 1 },
      { kind: 'month', key: '2026-01', spentMicroUsd: 700, calls: 1 },
    ]);
    assert.equal(entries[0]?.spentMicroUsd, 700);
  });

  it('loses nothing to a generation opened meanwhile: each append is in it, or fenced', async () => {
    let { generation } = await open('sendgrid');
    const journal = journalAt(NOON_MS);
    for (let round = 0; round < 20; round++) {
      const moves = Array.from({ length: 10 }, (_, index) =>
        movement('sendgrid', generation, { kind: 'reserve', reservationId: `r${round}-${index}` }),
      );
      const appending = moves.map((one) => journal.append([one]));
      const snapshot = await journal.openGeneration('sendgrid');
      const stored = (await Promise.all(appending)).flat();
      const known = new Set(snapshot.entries.map(({ reservationId }) => reservationId));
      for (const [index, one] of moves.entries()) {
        assert.equal(known.has(one.reservationId), stored[index], one.reservationId);
      }
      generation = snapshot.generation;
    }
  });

  describe('a snapshot', () => {
    /** Movements of four days, ending at noon: calls settled in all ways, leases, alerts, commits out of the blue. */
    function history(serviceName: ServiceName, generation: number): Movement[] {
      const moves: Movement[] = [];
      for (let index = 0; index < 400; index++) {
        const reservedAtMs = NOON_MS - index * 15 * MINUTE_MS;
        const settled = (kind: MovementKind, amountMicroUsd = 0): Movement =>
          movement(serviceName, generation, {
            ...{ kind, reservationId: `r${index}`, reservedAtMs, amountMicroUsd },
            atMs: reservedAtMs + MINUTE_MS,
          });
        const reserve = movement(serviceName, generation, {
          kind: 'reserve',
          reservationId: `r${index}`,
          reservedAtMs,
        });
        if (index < 3) moves.push(reserve);
        else if (index % 4 === 0) moves.push(settled('commit', 900), settled('release'), reserve);
        else if (index % 4 === 1) moves.push(reserve, settled('release'));
        else if (index % 4 === 2) moves.push(reserve, settled('expire'));
        else moves.push(settled('commit', 1_100));
      }
      const lease = { kind: 'lease', reservationId: 'lease-1', amountMicroUsd: 5_000 } as const;
      const taken = {
        kind: 'transfer',
        reservationId: 't1',
        leaseId: 'lease-1',
        amountMicroUsd: 300,
      } as const;
      const alert = { kind: 'alert', reservationId: `${serviceName}:month:2026-01:7000` } as const;
      moves.push(...[lease, taken].map((given) => movement(serviceName, generation, given)));
      moves.push(movement(serviceName, generation, { ...alert, reservedAtMs: NOON_MS - 3 * DAY_MS }));
      return moves;
    }

    /** Without what makes no difference: order, and what is of no interest any more. */
    function essence({ periods, entries, callsByMinute, alertIds, transferredMicroUsd }: LedgerSnapshot) {
      const lately = ['2026-01', '2026-01-15', '2026-01-14', '2026-01-13'];
      return {
        periods: periods.filter(({ key }) => lately.includes(key)).sort((a, b) => a.key.localeCompare(b.key)),
        entries: [...entries].sort((a, b) => a.reservationId.localeCompare(b.reservationId)),
        callsByMinute,
        alertIds,
        transferredMicroUsd,
      };
    }

    it('is what folding every movement comes to, before and after hours are closed', async () => {
      const { generation } = await open('stripe');
      const moves = history('stripe', generation);
      // In any order, in pieces, and some of them twice.
      const shuffled = moves.map((_, index) => moves[(index * 7) % moves.length]!);
      for (let at = 0; at < shuffled.length; at += 100) {
        await journalAt(NOON_MS).append(shuffled.slice(Math.max(0, at - 10), at + 100));
      }
      await journalAt(NOON_MS).append(moves);
      const expected = essence(snapshotOf('stripe', 2, moves, NOON_MS));
      assert.ok(expected.entries.length > 90, 'a day of entries');
      assert.deepEqual(essence(await open('stripe')), expected);

      const closed = await hours().close(NOON_MS);
      // 400 calls every 15 minutes are 100 hours, less the last 26.
      assert.ok(closed >= 70, `${closed} hours closed`);
      assert.deepEqual(essence(await open('stripe')), expected);
    });

    it('takes in a movement that comes for a closed hour', async () => {
      const reservedAtMs = NOON_MS - 2 * DAY_MS;
      const journal = journalAt(NOON_MS);
      const { generation, periods } = await journal.openGeneration('stripe');
      await hours().close(NOON_MS);
      const late = movement('stripe', generation, { kind: 'commit', reservationId: 'late', reservedAtMs });
      await journal.append([late]);
      const spentOf = (all: LedgerSnapshot['periods'], key: string) =>
        all.find((period) => period.key === key)?.spentMicroUsd ?? 0;
      const after = (await journal.openGeneration('stripe')).periods;
      assert.equal(spentOf(after, '2026-01') - spentOf(periods, '2026-01'), 1_000);
      assert.equal(await hours().close(NOON_MS), 1, 'its hour is counted anew');
      const again = (await journal.openGeneration('stripe')).periods;
      assert.equal(spentOf(again, '2026-01'), spentOf(after, '2026-01'));
    });
  });

  /** Whether the hour of this instant is closed after a round. */
  async function closes(atMs: number): Promise<boolean> {
    await hours().close(NOON_MS);
    const rows = await test.database.query('SELECT FROM ledger_closed_hours WHERE hour = $1', [
      new Date(Math.floor(atMs / HOUR_MS) * HOUR_MS).toISOString(),
    ]);
    return rows.length === 1;
  }

  it('closes the hour of a reservation whose expiry died with its sweeper, a day after it was due', async () => {
    const { generation } = await open('sendgrid');
    const reservedAtMs = NOON_MS - 12 * DAY_MS;
    const lost = { kind: 'reserve', reservationId: 'lost', reservedAtMs } as const;
    const lease = { kind: 'lease', reservationId: 'lost lease', reservedAtMs } as const;
    const journal = journalAt(NOON_MS);
    await journal.append([
      movement('sendgrid', generation, lost),
      movement('sendgrid', generation, lease),
      movement('sendgrid', generation, { kind: 'commit', reservationId: 'paid', reservedAtMs }),
    ]);
    assert.equal(await closes(reservedAtMs), true);
    const range = { fromMs: reservedAtMs, toMs: reservedAtMs + HOUR_MS };
    // The call may have been made and counts; a lease is none, and neither cost anything.
    const booked = [{ hourStartMs: reservedAtMs, spentMicroUsd: 1_000, calls: 2 }];
    assert.deepEqual(await hours().spendByHour('sendgrid', range), booked);
    // A cost that comes after all still counts.
    await journal.append([movement('sendgrid', generation, { ...lost, kind: 'commit' })]);
    assert.deepEqual(await hours().spendByHour('sendgrid', range), [{ ...booked[0], spentMicroUsd: 2_000 }]);
    assert.equal(await closes(reservedAtMs), true);
  });

  it('never closes an hour in which something may still be settled, nor one that is not long over', async () => {
    const { generation } = await open('samsara');
    const reservedAtMs = NOON_MS - 10 * DAY_MS;
    const journal = journalAt(NOON_MS);
    const one = { kind: 'reserve', reservationId: 'o', reservedAtMs } as const;
    const reserved = movement('samsara', generation, { ...one, expiresAtMs: NOON_MS - DAY_MS + 1 });
    await journal.append([reserved]);
    assert.equal(await closes(reservedAtMs), false);
    assert.equal((await journal.openGeneration('samsara')).entries[0]?.state, 'open');
    const expired = movement('samsara', generation + 1, { ...one, kind: 'expire', atMs: NOON_MS });
    await journal.append([expired]);
    assert.equal(await closes(reservedAtMs), true);

    const [newest] = await test.database.query<{ hour: string }>(
      'SELECT max(hour) AS hour FROM ledger_closed_hours',
    );
    assert.ok(Date.parse(newest!.hour) + HOUR_MS <= NOON_MS - CLOSED_AFTER_MS);
  });

  it('tells spending by the hour, from closed hours and open ones alike', async () => {
    const fromMs = NOON_MS - 3 * DAY_MS;
    const series = await hours().spendByHour('stripe', { fromMs, toMs: NOON_MS + HOUR_MS });
    assert.ok(series.every(({ hourStartMs }) => hourStartMs % HOUR_MS === 0));
    const moves = await test.database.query<{ spent: number }>(
      `SELECT sum(amount_micro_usd)::bigint AS spent FROM ledger_movements
       WHERE kind = 'commit' AND service_name = 'stripe' AND reserved_at >= $1`,
      [new Date(fromMs).toISOString()],
    );
    assert.equal(
      series.reduce((sum, { spentMicroUsd }) => sum + spentMicroUsd, 0),
      moves[0]?.spent,
    );
  });

  it('reads more than a page of movements, many of one instant, without one left out or read twice', async () => {
    const before = await open('twilio');
    const { generation } = before;
    // 4,500 calls in 30 instants: a page of 5,000 movements ends in the middle of one.
    const calls = Array.from({ length: 4_500 }, (_, n) => ({
      reservationId: `page-${n}`,
      reservedAtMs: NOON_MS - 2 * HOUR_MS - (n % 30) * 10 * MINUTE_MS,
    }));
    const journal = journalAt(NOON_MS);
    for (const kind of ['reserve', 'commit'] as const) {
      await journal.append(calls.map((call) => movement('twilio', generation, { kind, ...call })));
    }
    const after = await journal.openGeneration('twilio');
    const added = after.entries.filter(({ reservationId }) => reservationId.startsWith('page-'));
    assert.equal(added.length, 4_500);
    assert.ok(added.every(({ state, reservedMicroUsd }) => state === 'committed' && reservedMicroUsd > 0));
    const spentIn = ({ periods }: LedgerSnapshot) =>
      periods.find(({ kind }) => kind === 'month')?.spentMicroUsd ?? 0;
    assert.equal(spentIn(after) - spentIn(before), 4_500_000);
  });

  it('tells an hour that is not closed as it is once closed, whatever became of its reservations', async () => {
    const { generation } = await open('maps');
    const reservedAtMs = NOON_MS - 14 * DAY_MS;
    const ended = (reservationId: string, ...kinds: MovementKind[]) =>
      kinds.map((kind) => movement('maps', generation, { kind, reservationId, reservedAtMs }));
    const journal = journalAt(NOON_MS);
    await journal.append([
      ...ended('settled', 'reserve', 'commit'),
      ...ended('out of the blue', 'commit'),
      ...ended('given back', 'reserve', 'release'),
      ...ended('given back and paid', 'transfer', 'release', 'commit'),
      ...ended('forgotten', 'reserve', 'expire'),
      ...ended('forgotten and paid', 'reserve', 'expire', 'commit'),
      ...ended('a lease', 'lease', 'return'),
      ...ended('an expired lease', 'lease', 'expire'),
    ]);
    const range = { fromMs: reservedAtMs - 40 * DAY_MS, toMs: NOON_MS };
    // Paid are the settled, the one out of the blue and the two that were paid after all; the forgotten one counts.
    const expected = [{ hourStartMs: reservedAtMs, spentMicroUsd: 4_000, calls: 5 }];
    assert.deepEqual(await hours().spendByHour('maps', range), expected);
    assert.equal(await closes(reservedAtMs), true);
    assert.deepEqual(await hours().spendByHour('maps', range), expected);
  });

  it('knows what committed calls drew on an override', async () => {
    const { generation } = await open('airtable');
    const drawn = (kind: MovementKind, reservationId: string, overrideDrawMicroUsd: number) =>
      movement('airtable', generation, {
        kind,
        reservationId,
        overrideId: 'emergency_1',
        overrideDrawMicroUsd,
      });
    await journalAt(NOON_MS).append([
      drawn('reserve', 'd1', 500),
      drawn('commit', 'd1', 450),
      drawn('reserve', 'd2', 500),
      drawn('reserve', 'd3', 500),
      drawn('release', 'd3', 500),
    ]);
    assert.equal(await journalAt(NOON_MS).committedDrawsMicroUsd('emergency_1'), 450);
    assert.equal(await journalAt(NOON_MS).committedDrawsMicroUsd('emergency_2'), 0);
  });

  it('tells a month that runs on west of Greenwich though it is over there, when nothing was booked lately', async () => {
    const { generation } = await open('airtable');
    const reservedAtMs = Date.UTC(2026, 0, 20);
    const paid = { kind: 'commit', reservationId: 'in January', reservedAtMs } as const;
    await journalAt(reservedAtMs).append([movement('airtable', generation, paid)]);
    // Seven in the evening of 31 January in Honolulu.
    const { periods } = await open('airtable', Date.UTC(2026, 1, 1, 5));
    const january = periods.find(({ kind, key }) => kind === 'month' && key === '2026-01');
    assert.ok((january?.spentMicroUsd ?? 0) >= 1_000, JSON.stringify(periods));
  });

  it('rejects as unavailable while PostgreSQL is dead, and takes up again when it is back', async () => {
    const { generation } = await open('maps');
    const one = movement('maps', generation, { kind: 'reserve', reservationId: 'through-a-kill' });
    await test.servers.kill('postgres');
    await assert.rejects(journalAt(NOON_MS).append([one]), { code: 'DEPENDENCY_UNAVAILABLE' });
    await assert.rejects(open('maps'), { code: 'DEPENDENCY_UNAVAILABLE' });
    await test.servers.restart('postgres');
    assert.deepEqual(await journalAt(NOON_MS).append([one]), [true]);
  });
});
