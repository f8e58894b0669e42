import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RoomMessage } from '@signalbox/contracts';
import { FanOut } from './fan-out.js';
import type { Outgoing } from './outgoing-queue.js';

function item(seq: number, more: Partial<RoomMessage> = {}): Outgoing {
  const message: RoomMessage = {
    room: 'coordination',
    seq,
    epoch: 'one',
    priority: 'normal',
    eventType: 'coordination_event',
    timestamp: '2026-11-21T10:00:00.000Z',
    ...more,
  };
  return { message, bytes: 10 };
}

/** As long as a fan-out to many clients: the turn is over after it. */
function busy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

function fanOut(deliveryMs: number) {
  const delivered: [number, boolean][] = [];
  const target = new FanOut<Outgoing>(({ message }, early) => {
    delivered.push([message.seq, early]);
    busy(deliveryMs);
  });
  const settled = async (count: number) => {
    while (delivered.length < count) await nextTurn();
    return delivered;
  };
  return { target, delivered, settled };
}

describe('FanOut', () => {
  it('delivers in the next turn when nothing waits', async () => {
    const { target, delivered } = fanOut(0);
    void target.take(item(1));
    assert.deepEqual(delivered, []);
    await nextTurn();
    assert.deepEqual(delivered, [[1, false]]);
  });

  it('lets a critical message overtake what waits, and says when older ones of its room are still to come', async () => {
    const { target, settled } = fanOut(5);
    for (const seq of [1, 2, 3]) void target.take(item(seq));
    void target.take(item(4, { priority: 'critical' }));
    void target.take(item(1, { priority: 'critical', room: 'agents' }));
    void target.take(item(5));
    assert.deepEqual(await settled(6), [
      [4, true],
      [1, false],
      [1, false],
      [2, false],
      [3, false],
      [5, false],
    ]);
  });

  it('gives the process a turn between messages that take long', async () => {
    const { target, delivered, settled } = fanOut(5);
    for (let seq = 1; seq <= 4; seq++) void target.take(item(seq));
    await nextTurn();
    await nextTurn();
    assert.ok(delivered.length > 0);
    assert.ok(delivered.length < 4, 'something else came in between');
    await settled(4);
  });

  it('asks not to read on when enough waits, until all of that is delivered', async () => {
    const { target, delivered } = fanOut(0);
    let full: Promise<void> | undefined;
    let taken = 0;
    while (full === undefined) full = target.take(item(++taken));
    assert.ok(taken <= 2_001, `${taken} were taken`);
    await full;
    assert.equal(delivered.length, taken);
    assert.deepEqual(
      delivered.map(([seq]) => seq),
      Array.from({ length: taken }, (_, n) => n + 1),
    );
    await nextTurn();
    assert.equal(target.take(item(++taken)), undefined);
  });
});
