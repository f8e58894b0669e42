import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Deduplicator } from './deduplicator.js';
import { deduplicationKey, type Asked } from './key.js';

const read: Asked = {
  tenant: 'acme',
  service: 'maps',
  operation: 'geocode',
  payload: { query: 'Berlin', limit: 1 },
  effect: 'read',
};
const write: Asked = {
  tenant: 'acme',
  service: 'twilio',
  operation: 'send_message',
  payload: { To: '+14155550001', Body: 'Hello' },
  effect: 'write',
};

describe('the key of a request', () => {
  it('is the same for the same body, however it is written down', () => {
    const other = { ...read, payload: { limit: 1.0, query: 'Berlin' } };
    assert.deepEqual(deduplicationKey(read), deduplicationKey(other));
  });

  it('differs by tenant, service, method, body, and between reads and writes', () => {
    const others: Asked[] = [
      { ...read, tenant: 'other' },
      { ...read, service: 'samsara' },
      { ...read, operation: 'matrix' },
      { ...read, payload: { query: 'Bern', limit: 1 } },
      { ...read, effect: 'write', idempotencyKey: 'k' },
    ];
    const keys = [read, ...others].map((asked) => deduplicationKey(asked)?.key);
    assert.equal(new Set(keys).size, keys.length);
  });

  it('is none for a write without an idempotency key, and the key’s own otherwise', () => {
    assert.equal(deduplicationKey(write), null);
    const first = deduplicationKey({ ...write, idempotencyKey: 'order-1' });
    const edited = deduplicationKey({
      ...write,
      idempotencyKey: 'order-1',
      payload: { To: '+1', Body: 'Bye' },
    });
    assert.equal(first?.key, edited?.key);
    assert.notEqual(first?.fingerprint, edited?.fingerprint);
  });

  it('cannot be met by another tenant’s choice of names', () => {
    const name = fc.string({ maxLength: 6 });
    fc.assert(
      fc.property(name, name, name, name, (tenant, key, otherTenant, otherKey) => {
        fc.pre(tenant !== otherTenant || key !== otherKey);
        const one = deduplicationKey({ ...write, tenant, idempotencyKey: key });
        const other = deduplicationKey({ ...write, tenant: otherTenant, idempotencyKey: otherKey });
        assert.notEqual(one?.key, other?.key);
      }),
      { numRuns: 300, seed: 31 },
    );
  });
});

describe('deduplication', () => {
  const key = { key: 'k', fingerprint: 'f' };

  it('makes a request once for all who ask while it is on the way, and tells each of them', () => {
    const one = new Deduplicator<string>(10);
    assert.deepEqual(one.offer(key, 'a', 0), { kind: 'first' });
    assert.deepEqual(one.offer(key, 'b', 1), { kind: 'shared', leaderId: 'a' });
    assert.deepEqual(one.offer(key, 'c', 2), { kind: 'shared', leaderId: 'a' });
    assert.deepEqual(one.settle('k', 'a', 'result', true), ['b', 'c']);
    assert.deepEqual(one.offer(key, 'd', 3), { kind: 'answered', leaderId: 'a', result: 'result' });
    assert.deepEqual(one.settle('k', 'a', 'again', true), []);
  });

  it('answers from a result for one minute from when it was first asked', () => {
    const one = new Deduplicator<string>(10);
    one.offer(key, 'a', 0);
    one.settle('k', 'a', 'result', true);
    assert.equal(one.offer(key, 'b', 59_999).kind, 'answered');
    assert.equal(one.offer(key, 'c', 60_000).kind, 'first');
  });

  it('shares a request on that is still on the way after a minute', () => {
    const one = new Deduplicator<string>(10);
    one.offer(key, 'a', 0);
    assert.deepEqual(one.offer(key, 'b', 61_000), { kind: 'shared', leaderId: 'a' });
    assert.deepEqual(one.settle('k', 'a', 'late', true), ['b']);
    assert.equal(one.offer(key, 'c', 61_001).kind, 'first');
  });

  it('tells a failure to all who waited, and lets the next one try', () => {
    const one = new Deduplicator<string>(10);
    one.offer(key, 'a', 0);
    one.offer(key, 'b', 1);
    assert.deepEqual(one.settle('k', 'a', 'failed', false), ['b']);
    assert.equal(one.offer(key, 'c', 2).kind, 'first');
  });

  it('refuses an idempotency key that is used for something else', () => {
    const one = new Deduplicator<string>(10);
    one.offer(key, 'a', 0);
    assert.deepEqual(one.offer({ ...key, fingerprint: 'other' }, 'b', 1), {
      kind: 'conflict',
      leaderId: 'a',
    });
  });

  it('forgets answers for room, never somebody who waits', () => {
    const one = new Deduplicator<string>(2);
    const offer = (name: string) => one.offer({ key: name, fingerprint: name }, name, 0).kind;
    assert.deepEqual([offer('a'), offer('b'), offer('c')], ['first', 'first', 'full']);
    one.settle('b', 'b', 'result', true);
    assert.equal(offer('c'), 'first');
    assert.equal(one.size, 2);
    assert.deepEqual(one.settle('a', 'a', 'result', true), []);
  });
});
