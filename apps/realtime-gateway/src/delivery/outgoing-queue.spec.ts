import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RoomMessage } from '@signalbox/contracts';
import fc from 'fast-check';
import { OutgoingQueue, type Delivery, type Outgoing } from './outgoing-queue.js';

function item(seq: number, more: Partial<RoomMessage> = {}, bytes = 10): Outgoing {
  const message: RoomMessage = {
    room: 'coordination',
    seq,
    epoch: 'one',
    priority: 'normal',
    eventType: 'coordination_event',
    timestamp: '2026-11-21T10:00:00.000Z',
    ...more,
  };
  return { message, bytes };
}

const BOUNDS = { coalesceFromBytes: 100, maxBytes: 200 };

function begun(bounds = BOUNDS): OutgoingQueue<Outgoing> {
  const queue = new OutgoingQueue(bounds);
  queue.begin('coordination', 0);
  return queue;
}

function takeAll(queue: OutgoingQueue<Outgoing>): [number, number][] {
  const taken: [number, number][] = [];
  for (let next = queue.take(); next !== undefined; next = queue.take()) {
    taken.push([next.coversFrom, next.item.message.seq]);
  }
  return taken;
}

describe('OutgoingQueue', () => {
  it('gives messages in order, each covering itself', () => {
    const queue = begun();
    for (const seq of [1, 2, 3]) queue.push(item(seq));
    assert.deepEqual(takeAll(queue), [
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    assert.equal(queue.bytes, 0);
  });

  it('says that a message covers those before it that were not for this client', () => {
    const queue = begun();
    for (const seq of [2, 5]) queue.push(item(seq));
    assert.deepEqual(takeAll(queue), [
      [1, 2],
      [3, 5],
    ]);
  });

  it('lets a critical message overtake, covering itself alone', () => {
    const queue = begun();
    queue.push(item(1));
    queue.push(item(2));
    queue.push(item(3, { priority: 'critical' }));
    queue.push(item(4));
    assert.deepEqual(takeAll(queue), [
      [3, 3],
      [1, 1],
      [2, 2],
      [3, 4],
    ]);
  });

  it('lets one that came before older ones stand for itself alone', () => {
    const queue = begun();
    queue.push(item(3, { priority: 'critical' }), true);
    assert.equal(queue.take()?.coversFrom, 3);
    for (const seq of [1, 2, 4]) queue.push(item(seq));
    assert.deepEqual(takeAll(queue), [
      [1, 1],
      [2, 2],
      [3, 4],
    ]);
  });

  it('keeps the newest of what replaces each other when much waits, and all that does not', () => {
    const queue = begun();
    const costs = (seq: number) => item(seq, { eventType: 'cost_update', serviceName: 'stripe' }, 30);
    for (const seq of [1, 2, 3]) assert.ok(queue.push(costs(seq)));
    assert.ok(queue.push(item(4, {}, 30)));
    assert.equal(queue.bytes, 60);
    const first = queue.take() as Delivery<Outgoing>;
    assert.deepEqual([first.coversFrom, first.item.message.seq, first.coalesced], [1, 3, 2]);
    assert.deepEqual(takeAll(queue), [[4, 4]]);
  });

  it('gives a client up that is further behind than its bound', () => {
    const queue = begun();
    for (let seq = 1; seq <= 20; seq++) assert.equal(queue.push(item(seq)), true, `${seq}`);
    assert.equal(queue.push(item(21)), false);
  });

  it('covers every number exactly once for the normal lane, whatever comes and is taken when', () => {
    const step = fc.oneof(
      fc.constant('take' as const),
      fc.record({
        skip: fc.integer({ min: 0, max: 3 }),
        critical: fc.boolean(),
        replaceable: fc.boolean(),
        bytes: fc.integer({ min: 1, max: 40 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = begun({ coalesceFromBytes: 100, maxBytes: Infinity });
        const covered = new Set<number>();
        const criticals = new Set<number>();
        let seq = 0;
        const see = (next: Delivery<Outgoing> | undefined) => {
          if (next === undefined) return;
          const { message } = next.item;
          if (message.priority === 'critical') criticals.delete(message.seq);
          // A client takes what a message covers as seen: nothing critical may be among it that was not sent.
          for (let n = next.coversFrom; n <= message.seq; n++) {
            assert.ok(!criticals.has(n), `${n} was passed over`);
            covered.add(n);
          }
        };
        for (const one of steps) {
          if (one === 'take') see(queue.take());
          else {
            seq += 1 + one.skip;
            const priority = one.critical ? ('critical' as const) : ('normal' as const);
            if (one.critical) criticals.add(seq);
            const eventType = one.replaceable ? ('cost_update' as const) : ('coordination_event' as const);
            queue.push(item(seq, { priority, eventType }, one.bytes));
          }
        }
        // What lies between the last of the normal lane and a critical one is covered by the next that comes.
        while (!queue.isEmpty) see(queue.take());
        queue.push(item(++seq));
        see(queue.take());
        assert.equal(queue.bytes, 0);
        assert.deepEqual(
          [...covered].sort((a, b) => a - b),
          Array.from({ length: seq }, (_, n) => n + 1),
        );
      }),
    );
  });
});
