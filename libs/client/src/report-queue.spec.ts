import assert from 'node:assert/strict';
import { describe, it, mock, type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SignalboxError } from '@signalbox/contracts';
import { ReportQueue } from './report-queue.js';

const away = new SignalboxError('DEPENDENCY_UNAVAILABLE', 'away');

/** A Signalbox that takes everything unless `answer` says otherwise. */
function aQueue({ capacity = 100, lanes = 4 } = {}) {
  const peer = {
    answer: null as Error | null,
    taken: [] as number[],
    asked: 0,
    underWay: 0,
    mostUnderWay: 0,
  };
  const lost: [number, string][] = [];
  const queue = new ReportQueue<number>({
    capacity,
    lanes,
    deliver: async (item) => {
      peer.asked += 1;
      peer.underWay += 1;
      peer.mostUnderWay = Math.max(peer.mostUnderWay, peer.underWay);
      await nextTurn();
      peer.underWay -= 1;
      if (peer.answer) throw peer.answer;
      peer.taken.push(item);
    },
    onLost: (item, error) => lost.push([item, error.message]),
  });
  return { queue, peer, lost };
}

function pauseTimers(t: TestContext): typeof mock.timers {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  return mock.timers;
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await nextTurn();
}

describe('ReportQueue', () => {
  it('delivers everything, with at most `lanes` under way', async () => {
    const { queue, peer } = aQueue({ lanes: 4 });
    for (let i = 0; i < 50; i++) queue.push(i);
    assert.equal(await queue.flush(5_000), true);
    assert.deepEqual(
      peer.taken,
      Array.from({ length: 50 }, (_, i) => i),
    );
    assert.equal(peer.mostUnderWay, 4);
    assert.deepEqual(queue.counts(), { queued: 0, delivered: 50, dropped: 0, refused: 0 });
  });

  it('keeps reports while Signalbox is away and delivers them when it is back', async (t) => {
    const timers = pauseTimers(t);
    const { queue, peer, lost } = aQueue();
    peer.answer = away;
    for (let i = 0; i < 10; i++) queue.push(i);
    await settle();
    assert.equal(queue.counts().queued, 10);
    peer.answer = null;
    timers.tick(100);
    await settle();
    assert.deepEqual(
      peer.taken.toSorted((a, b) => a - b),
      Array.from({ length: 10 }, (_, i) => i),
    );
    assert.deepEqual(lost, []);
  });

  it('asks an absent Signalbox with one report at a time, ever more seldom, up to every 5 s', async (t) => {
    const timers = pauseTimers(t);
    const { queue, peer } = aQueue({ lanes: 1 });
    peer.answer = away;
    for (let i = 0; i < 10; i++) queue.push(i);
    await settle();
    for (const [tries, pauseMs] of [
      [1, 100],
      [2, 200],
      [3, 400],
      [4, 800],
      [5, 1600],
      [6, 3200],
      [7, 5000],
      [8, 5000],
    ] as const) {
      assert.equal(peer.asked, tries);
      timers.tick(pauseMs - 1);
      await settle();
      assert.equal(peer.asked, tries, `not before ${pauseMs} ms`);
      timers.tick(1);
      await settle();
    }
  });

  it('waits as long as a limited Signalbox asks for', async (t) => {
    const timers = pauseTimers(t);
    const { queue, peer } = aQueue();
    peer.answer = new SignalboxError('RATE_LIMITED', 'slow down', undefined, 30);
    queue.push(1);
    await settle();
    timers.tick(29_999);
    await settle();
    assert.equal(peer.asked, 1);
    peer.answer = null;
    timers.tick(1);
    await settle();
    assert.deepEqual(peer.taken, [1]);
  });

  it('forgets the oldest when the buffer is full, and counts them', async (t) => {
    const timers = pauseTimers(t);
    const { queue, peer, lost } = aQueue({ capacity: 5, lanes: 1 });
    peer.answer = away;
    queue.push(0);
    await settle();
    for (let i = 1; i < 12; i++) queue.push(i);
    assert.deepEqual(queue.counts(), { queued: 5, delivered: 0, dropped: 7, refused: 0 });
    assert.deepEqual(
      lost.map(([item]) => item),
      [0, 1, 2, 3, 4, 5, 6],
    );
    peer.answer = null;
    timers.tick(100);
    await settle();
    assert.deepEqual(peer.taken, [7, 8, 9, 10, 11]);
  });

  for (const code of ['VALIDATION_FAILED', 'UNAUTHENTICATED', 'INTERNAL'] as const) {
    it(`does not let a report refused with ${code} hold up the others`, async () => {
      const { queue, peer, lost } = aQueue({ lanes: 1 });
      peer.answer = new SignalboxError(code, 'no');
      queue.push(1);
      await settle();
      peer.answer = null;
      queue.push(2);
      assert.equal(await queue.flush(5_000), true);
      assert.deepEqual(peer.taken, [2]);
      assert.deepEqual(lost, [[1, 'no']]);
      assert.deepEqual(queue.counts(), { queued: 0, delivered: 1, dropped: 0, refused: 1 });
    });
  }

  it('gives up what is left when it is closed and Signalbox stays away', async (t) => {
    const timers = pauseTimers(t);
    const { queue, peer, lost } = aQueue();
    peer.answer = away;
    queue.push(1);
    queue.push(2);
    const closed = queue.close(5_000);
    await settle();
    timers.tick(5_000);
    await closed;
    await settle();
    assert.deepEqual(lost.map(([item]) => item).toSorted(), [1, 2]);
    assert.deepEqual(queue.counts(), { queued: 0, delivered: 0, dropped: 2, refused: 0 });
  });
});
