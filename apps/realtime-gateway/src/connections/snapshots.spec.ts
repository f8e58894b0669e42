import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Caller } from '@signalbox/platform';
import { ManualClock } from '@signalbox/testkit';
import { RoomFeed } from '../rooms/room-feed.js';
import { Snapshots } from './snapshots.js';

const ROOM = 'coordination';
const CALLER: Caller = { subject: 'ops', role: 'admin', services: null };

/** A room that tells what it is told to, and whose state is how much it has told. */
function aRoom() {
  const clock = new ManualClock();
  const feed = new RoomFeed(ROOM);
  feed.begin('one', 100);
  let epochs = 1;
  let seq = 100;
  let taken = 0;
  const since = (_room: string, place: { epoch: string; seq: number }) =>
    feed.at?.epoch === place.epoch ? feed.since(place.seq) : null;
  const snapshots = new Snapshots({ at: () => feed.at, since }, clock);
  snapshots.register(ROOM, () => {
    taken += 1;
    return () => ({ told: seq });
  });
  return {
    clock,
    snapshots,
    taken: () => taken,
    say: (count: number) => {
      for (let n = 0; n < count; n++) {
        const timestamp = '2026-11-21T10:00:00.000Z';
        const message = { priority: 'normal', eventType: 'coordination_event', timestamp };
        feed.take(++seq, JSON.stringify(message));
      }
    },
    beginAnew: () => feed.begin(`epoch ${++epochs}`, (seq = 0)),
  };
}

describe('a snapshot', () => {
  it('is of the place that the room had when its state began to be found out, and is followed by all after it', async () => {
    const { snapshots, say } = aRoom();
    const taking = snapshots.take(ROOM);
    say(3);
    const snapshot = await taking;
    assert.deepEqual([snapshot?.epoch, snapshot?.seq], ['one', 100]);
    assert.deepEqual(
      snapshots.since(ROOM, snapshot!)?.map(({ message }) => message.seq),
      [101, 102, 103],
    );
  });

  it('is shared for a second, while nothing is told', async () => {
    const { snapshots, say, clock, taken } = aRoom();
    await snapshots.take(ROOM);
    clock.advance(999);
    await snapshots.take(ROOM);
    assert.equal(taken(), 1);
    say(1);
    const next = await snapshots.take(ROOM);
    assert.deepEqual([next?.seq, next?.of(CALLER)], [101, { told: 101 }]);
    clock.advance(1_000);
    await snapshots.take(ROOM);
    assert.equal(taken(), 3);
  });

  it('is of no use once what came after it is not at hand any more', async () => {
    const { snapshots, say } = aRoom();
    const snapshot = await snapshots.take(ROOM);
    say(1_001);
    assert.equal(snapshots.since(ROOM, snapshot!), null);
  });

  it('is of no use in another epoch, and is not shared with it', async () => {
    const { snapshots, beginAnew } = aRoom();
    const before = await snapshots.take(ROOM);
    beginAnew();
    assert.equal(snapshots.since(ROOM, before!), null);
    const after = await snapshots.take(ROOM);
    assert.deepEqual([after?.epoch, after?.seq], ['epoch 2', 0]);
    assert.deepEqual(snapshots.since(ROOM, after!), []);
  });

  it('is null of a room whose state nobody knows', async () => {
    const { clock } = aRoom();
    const at = { epoch: 'one', seq: 1 };
    const snapshot = await new Snapshots({ at: () => at, since: () => [] }, clock).take(ROOM);
    assert.equal(snapshot?.of(CALLER), null);
  });
});
