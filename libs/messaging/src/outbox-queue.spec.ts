import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Fact } from '@signalbox/contracts';
import { OutboxQueue, type Outgoing } from './outbox-queue.js';

function aMessage(fact: Fact, msgId: string, bytes = 10): Outgoing {
  return { fact, subject: fact, data: new Uint8Array(bytes), msgId, correlationId: undefined, postedAtMs: 0 };
}

function drained(queue: OutboxQueue): string[] {
  const ids: string[] = [];
  for (let next = queue.take(); next; next = queue.take()) ids.push(next.msgId);
  return ids;
}

describe('OutboxQueue', () => {
  it('lets the oldest decision go before anything else, then state facts, then outcomes', () => {
    const queue = new OutboxQueue({ maxMessages: 3, maxBytes: 1_000 });
    queue.push(aMessage('outcomes.reported', 'outcome-1'));
    queue.push(aMessage('decisions.made', 'decision-1'));
    queue.push(aMessage('decisions.made', 'decision-2'));
    assert.equal(queue.push(aMessage('config.changed', 'config-1')), 1, 'decision-1 goes');
    assert.equal(queue.push(aMessage('errors.reported', 'error-1')), 1, 'decision-2 goes');
    assert.equal(queue.push(aMessage('circuits.changed', 'circuit-1')), 1, 'config-1 goes');
    assert.equal(queue.push(aMessage('decisions.made', 'decision-3')), 1, 'decision-3 is the least itself');
    assert.equal(
      queue.push(aMessage('outcomes.reported', 'outcome-2')),
      1,
      'outcome-1, the oldest of its class',
    );
    assert.deepEqual(drained(queue), ['error-1', 'circuit-1', 'outcome-2']);
  });

  it('is bounded in bytes as in messages, with what is in flight counted', () => {
    const queue = new OutboxQueue({ maxMessages: 100, maxBytes: 100 });
    queue.push(aMessage('decisions.made', 'in-flight', 60));
    const inFlight = queue.take();
    assert.ok(inFlight);
    assert.equal(queue.push(aMessage('decisions.made', 'fits', 40)), 0);
    // 60 + 40 + 10 > 100: only what waits can go.
    assert.equal(queue.push(aMessage('decisions.made', 'next', 10)), 1);
    queue.settle(inFlight);
    assert.equal(queue.held, 1);
    assert.deepEqual(drained(queue), ['next']);
  });

  it('sends again what was not stored before what was posted after it', () => {
    const queue = new OutboxQueue({ maxMessages: 100, maxBytes: 1_000 });
    for (const id of ['1', '2', '3']) queue.push(aMessage('decisions.made', id));
    const taken = [queue.take(), queue.take()].filter((message) => message !== undefined);
    queue.push(aMessage('decisions.made', '4'));
    queue.putBack(taken);
    assert.equal(queue.held, 4);
    assert.deepEqual(drained(queue), ['1', '2', '3', '4']);
  });

  it('keeps order and count over many thousands', () => {
    const queue = new OutboxQueue({ maxMessages: 5_000, maxBytes: 1e9 });
    let dropped = 0;
    for (let id = 0; id < 20_000; id++) dropped += queue.push(aMessage('decisions.made', String(id)));
    assert.equal(dropped, 15_000);
    assert.deepEqual(
      drained(queue),
      Array.from({ length: 5_000 }, (_, index) => String(15_000 + index)),
    );
  });
});
