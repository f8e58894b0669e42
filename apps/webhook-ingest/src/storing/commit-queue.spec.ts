import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SignalboxError } from '@signalbox/contracts';
import { CommitQueue, type Weighted } from './commit-queue.js';

interface Order extends Weighted {
  name: string;
}

const anOrder = (name: string, given: Partial<Weighted> = {}): Order => ({
  name,
  rows: 1,
  bytes: 10,
  ...given,
});
const BOUNDS = { maxRows: 100, maxWaitingRows: 1_000, maxWaitingBytes: 100_000 };

/** A writer whose transactions end when the test says so. */
function aWriter() {
  const groups: string[][] = [];
  const ends: ((error?: Error) => void)[] = [];
  const write = (orders: readonly Order[]) =>
    new Promise<string[]>((resolve, reject) => {
      const names = orders.map(({ name }) => name);
      groups.push(names);
      ends.push((error) => (error === undefined ? resolve(names) : reject(error)));
    });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { groups, write, turn, end: (index: number, error?: Error) => ends[index]?.(error) };
}

describe('CommitQueue', () => {
  it('lets all that comes while one transaction is under way share the next', async () => {
    const { groups, write, end, turn } = aWriter();
    const queue = new CommitQueue(write, BOUNDS);
    const first = queue.commit(anOrder('a'));
    await turn();
    const others = ['b', 'c', 'd'].map((name) => queue.commit(anOrder(name)));
    await turn();
    assert.deepEqual(groups, [['a']]);
    end(0);
    assert.equal(await first, 'a');
    await turn();
    assert.deepEqual(groups, [['a'], ['b', 'c', 'd']]);
    end(1);
    assert.deepEqual(await Promise.all(others), ['b', 'c', 'd']);
    await queue.idle();
  });

  it('holds a transaction to its rows, and takes a larger order alone', async () => {
    const { groups, write, end, turn } = aWriter();
    const queue = new CommitQueue(write, { ...BOUNDS, maxRows: 3 });
    const all = Promise.all(
      [anOrder('a', { rows: 2 }), anOrder('b', { rows: 2 }), anOrder('huge', { rows: 9 }), anOrder('c')].map(
        (order) => queue.commit(order),
      ),
    );
    for (let index = 0; index < 4; index++) {
      await turn();
      end(index);
    }
    await all;
    assert.deepEqual(groups, [['a'], ['b'], ['huge'], ['c']]);
  });

  it('turns away what is over its bounds, and takes again when there is room', async () => {
    const { write, end, turn } = aWriter();
    const queue = new CommitQueue(write, { maxRows: 10, maxWaitingRows: 3, maxWaitingBytes: 100 });
    const first = queue.commit(anOrder('a'));
    await turn();
    const waiting = queue.commit(anOrder('b', { rows: 3 }));
    await assert.rejects(queue.commit(anOrder('c')), {
      code: 'DEPENDENCY_UNAVAILABLE',
      retryAfterSeconds: 1,
    });
    end(0);
    await turn();
    await turn();
    const heavy = queue.commit(anOrder('d', { bytes: 90 }));
    await assert.rejects(queue.commit(anOrder('e', { bytes: 11 })), { code: 'DEPENDENCY_UNAVAILABLE' });
    end(1);
    await turn();
    await turn();
    end(2);
    assert.deepEqual(await Promise.all([first, waiting, heavy]), ['a', 'b', 'd']);
  });

  it('says how long an order waits now, and nothing once all is durable', async () => {
    const { write, end, turn } = aWriter();
    let nowMs = 0;
    const queue = new CommitQueue(write, BOUNDS, () => nowMs);
    const first = queue.commit(anOrder('a'));
    await turn();
    nowMs = 5;
    const second = queue.commit(anOrder('b'));
    nowMs = 12;
    // b has waited since 5.
    assert.equal(queue.waitMs, 7);
    end(0);
    await first;
    await turn();
    // a took 12.
    assert.equal(queue.waitMs, 12);
    end(1);
    await second;
    await queue.idle();
    assert.equal(queue.waitMs, 0);
  });

  it('fails all when the database is away, and only the bad one when it refuses one', async () => {
    const away = new SignalboxError('DEPENDENCY_UNAVAILABLE', 'away');
    const queue = new CommitQueue<Order, string>(async (orders) => {
      const names = orders.map(({ name }) => name);
      if (names.includes('away')) throw away;
      if (names.includes('bad')) throw new Error('refused');
      return names;
    }, BOUNDS);
    const settled = (names: string[]) =>
      Promise.allSettled(names.map((name) => queue.commit(anOrder(name)))).then((all) =>
        all.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message)),
      );
    assert.deepEqual(await settled(['a', 'away', 'b']), ['away', 'away', 'away']);
    assert.deepEqual(await settled(['a', 'bad', 'b']), ['a', 'refused', 'b']);
  });
});
