import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RoomTracker, type ReceivedMessage } from './room-tracker.js';

function message(seq: number, more: Partial<ReceivedMessage> = {}): ReceivedMessage {
  return {
    room: 'coordination',
    seq,
    epoch: 'one',
    priority: 'normal',
    eventType: 'coordination_event',
    timestamp: '2026-11-21T10:00:00.000Z',
    ...more,
  };
}

describe('RoomTracker', () => {
  it('delivers messages that follow each other and forgets those that come again', () => {
    const tracker = new RoomTracker('one', 10);
    assert.equal(tracker.take(message(11)), 'deliver');
    assert.equal(tracker.take(message(12)), 'deliver');
    assert.equal(tracker.take(message(11)), 'duplicate');
    assert.deepEqual(tracker.lastSeen, { epoch: 'one', seq: 12 });
  });

  it('says that something is missing, and does not move past it', () => {
    const tracker = new RoomTracker('one', 10);
    assert.equal(tracker.take(message(13)), 'gap');
    assert.deepEqual(tracker.lastSeen, { epoch: 'one', seq: 10 });
  });

  it('sees no gap where a message stands for those before it', () => {
    const tracker = new RoomTracker('one', 10);
    assert.equal(tracker.take(message(15, { coversFrom: 11, coalesced: 4 })), 'deliver');
    assert.equal(tracker.take(message(16)), 'deliver');
  });

  it('delivers a critical message at once, and what it overtook after it, each once', () => {
    const tracker = new RoomTracker('one', 10);
    assert.equal(tracker.take(message(13, { priority: 'critical' })), 'deliver');
    assert.deepEqual(tracker.lastSeen, { epoch: 'one', seq: 10 });
    assert.equal(tracker.take(message(11)), 'deliver');
    assert.equal(tracker.take(message(12)), 'deliver');
    assert.deepEqual(tracker.lastSeen, { epoch: 'one', seq: 13 });
    assert.equal(tracker.take(message(13, { priority: 'critical' })), 'duplicate');
    assert.equal(tracker.take(message(14)), 'deliver');
  });

  it('does not show a critical message again that is sent again after a reconnect', () => {
    const tracker = new RoomTracker('one', 10);
    tracker.take(message(12, { priority: 'critical' }));
    assert.equal(tracker.take(message(11)), 'deliver');
    assert.equal(tracker.take(message(12, { priority: 'critical' })), 'duplicate');
  });

  it('takes another epoch for a gap, and begins anew where it is told to', () => {
    const tracker = new RoomTracker('one', 10);
    assert.equal(tracker.take(message(1, { epoch: 'two' })), 'gap');
    tracker.restart('two', 0);
    assert.equal(tracker.take(message(1, { epoch: 'two' })), 'deliver');
  });
});
