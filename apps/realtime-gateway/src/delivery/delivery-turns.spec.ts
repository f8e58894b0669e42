import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RoomMessage } from '@signalbox/contracts';
import { DeliveryTurns, type HandOver, type Ready } from './delivery-turns.js';
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

/** Turns that note what happens in them: `1` is message 1 handed over, `1 early` while older ones are to come. */
function turnsThatNote(
  handingOver: (message: Outgoing, busy: (ms: number) => void) => void = () => undefined,
) {
  const noted: string[] = [];
  /** By its own clock: a loaded machine's would end turns as it likes. */
  let nowMs = 0;
  const busy = (ms: number) => void (nowMs += ms);
  const handOver: HandOver<Outgoing> = (message, early) => {
    noted.push(`${message.message.seq}${early ? ' early' : ''}`);
    handingOver(message, busy);
  };
  const turns = new DeliveryTurns(handOver, () => nowMs);
  const settled = async (count: number) => {
    while (noted.length < count) await nextTurn();
    return noted;
  };
  const connection = (name: string, isUrgent = false, pumpMs = 0): Ready => ({
    isUrgent,
    stands: null,
    pump: () => {
      noted.push(name);
      busy(pumpMs);
    },
  });
  return { turns, noted, settled, connection };
}

describe('DeliveryTurns', () => {
  it('hands over in the next turn of the event loop when nothing waits', async () => {
    const { turns, noted } = turnsThatNote();
    void turns.take(item(1));
    assert.deepEqual(noted, []);
    await nextTurn();
    assert.deepEqual(noted, ['1']);
  });

  it('lets a critical message overtake what waits, and says when older ones of its room are still to come', async () => {
    const { turns, settled } = turnsThatNote();
    for (const seq of [1, 2]) void turns.take(item(seq));
    void turns.take(item(3, { priority: 'critical' }));
    void turns.take(item(9, { priority: 'critical', room: 'agents' }));
    void turns.take(item(4));
    assert.deepEqual(await settled(5), ['3 early', '9', '1', '2', '4']);
  });

  it('gives the process a turn between messages that take long to hand over, and connections that take long to write', async () => {
    const { turns, noted, settled, connection } = turnsThatNote((_message, busy) => busy(5));
    for (let seq = 1; seq <= 3; seq++) void turns.take(item(seq));
    await nextTurn();
    assert.deepEqual(noted, ['1']);
    await settled(3);
    for (const name of ['a', 'b', 'c']) turns.ready(connection(name, false, 5));
    await nextTurn();
    assert.deepEqual(noted.slice(3), ['a']);
    assert.deepEqual((await settled(6)).slice(3), ['a', 'b', 'c']);
  });

  it('writes the only message there is while it is handed over, as long as the turn goes', async () => {
    const { turns, noted, settled, connection } = turnsThatNote(({ message }) => {
      for (const name of ['a', 'b', 'c']) turns.ready(connection(`${message.seq}${name}`, false, 2));
      noted.push('handed over');
    });
    void turns.take(item(1));
    await nextTurn();
    assert.deepEqual(noted, ['1', '1a', '1b', 'handed over', '1c']);
    void turns.take(item(2));
    void turns.take(item(3));
    const both = (await settled(15)).slice(5);
    assert.deepEqual(both.slice(0, 4), ['2', 'handed over', '3', 'handed over']);
    assert.deepEqual(both.slice(4), ['2a', '2b', '2c', '3a', '3b', '3c']);
  });

  it('writes what was handed over before it hands over more, except what is critical', async () => {
    const { turns, settled, connection } = turnsThatNote();
    turns.ready(connection('a', false, 5));
    turns.ready(connection('b', false, 5));
    void turns.take(item(1));
    void turns.take(item(2, { priority: 'critical' }));
    assert.deepEqual(await settled(4), ['2 early', 'a', 'b', '1']);
  });

  it('serves all that a critical message waits for first, in one turn, also who became urgent while in line', async () => {
    const { turns, noted, connection } = turnsThatNote();
    const a = { ...connection('a'), isUrgent: false };
    turns.ready(a);
    turns.ready(connection('b', false, 5));
    turns.ready(connection('c', true, 5));
    a.isUrgent = true;
    turns.ready(a);
    await nextTurn();
    assert.deepEqual(noted, ['c', 'a', 'b']);
  });

  it('serves a connection once, however often it says that it is ready', async () => {
    const { turns, noted, connection } = turnsThatNote();
    const a = { ...connection('a'), isUrgent: false };
    turns.ready(a);
    turns.ready(a);
    a.isUrgent = true;
    turns.ready(a);
    turns.ready(a);
    await nextTurn();
    await nextTurn();
    assert.deepEqual(noted, ['a']);
    turns.ready(a);
    await nextTurn();
    assert.deepEqual(noted, ['a', 'a']);
  });

  it('asks not to read on when enough waits, until all of that is handed over', async () => {
    const { turns, noted } = turnsThatNote();
    let full: Promise<void> | undefined;
    let taken = 0;
    while (full === undefined) full = turns.take(item(++taken));
    assert.ok(taken <= 2_001, `${taken} were taken`);
    await full;
    assert.deepEqual(
      noted,
      Array.from({ length: taken }, (_, n) => String(n + 1)),
    );
    await nextTurn();
    assert.equal(turns.take(item(++taken)), undefined);
  });
});
