import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RECENT_BYTES, RECENT_MESSAGES, RoomFeed } from './room-feed.js';

const timestamp = '2026-11-21T10:00:00.000Z';
const stored = (more: object = {}) =>
  JSON.stringify({ priority: 'normal', eventType: 'coordination_event', timestamp, ...more });

function aFeed(seq = 0): RoomFeed {
  const feed = new RoomFeed('coordination');
  feed.begin('one', seq);
  return feed;
}
const numbers = (feed: RoomFeed, seq: number) => feed.since(seq)?.map(({ message }) => message.seq) ?? null;

describe('a room as a gateway reads it', () => {
  it('takes each message once, and has what came after any that it began with', () => {
    const feed = aFeed(10);
    assert.equal(feed.take(11, stored())?.message?.message.seq, 11);
    assert.equal(feed.take(11, stored()), undefined);
    feed.take(12, stored());
    assert.deepEqual([numbers(feed, 10), numbers(feed, 11), numbers(feed, 12)], [[11, 12], [12], []]);
    assert.equal(numbers(feed, 9), null, 'it was not there for the tenth');
    assert.equal(numbers(feed, 13), null, 'nobody has told the thirteenth');
  });

  it('gives what is no message a number, and tells it to nobody', () => {
    const feed = aFeed();
    const others = ['', 'null', '[]', stored({ timestamp: 'soon' }), stored({ priority: 'urgent' })];
    others.forEach((text, index) =>
      assert.deepEqual(feed.take(index + 1, text), { message: null, isAfterHole: false }),
    );
    feed.take(others.length + 1, stored());
    assert.deepEqual(numbers(feed, 0), [others.length + 1]);
  });

  it('says where numbers are missing, and has nothing for those who were before', () => {
    const feed = aFeed();
    feed.take(1, stored());
    assert.equal(feed.take(5, stored())?.isAfterHole, true);
    assert.deepEqual([numbers(feed, 1), numbers(feed, 3), numbers(feed, 4)], [null, null, [5]]);
  });

  it('keeps the newest, so many and so large', () => {
    const feed = aFeed();
    for (let seq = 1; seq <= RECENT_MESSAGES + 1; seq++) feed.take(seq, stored());
    assert.equal(numbers(feed, 0), null);
    assert.equal(numbers(feed, 1)?.length, RECENT_MESSAGES);
    const large = aFeed();
    for (let seq = 1; seq <= 3; seq++) large.take(seq, stored({ bulk: 'x'.repeat(RECENT_BYTES / 2 - 500) }));
    assert.deepEqual([numbers(large, 0), numbers(large, 1)], [null, [2, 3]]);
  });
});
