import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BusSession } from './bus-session.js';
import { BucketWatch } from './bucket-watch.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** One message of a consumer that reads the last value of each key. */
interface Last {
  key: string;
  seq: number;
  /** How many the server says are behind it. */
  pending: number;
}

/** A session in which the consumer gives out `messages`, of which the server announced `announced`. */
function aSession(announced: number, messages: readonly Last[]) {
  const end = new AbortController();
  const queue = messages.map(({ key, seq, pending }) => ({
    subject: `$KV.circuits.${key}`,
    seq,
    info: { pending },
    headers: undefined,
    json: () => seq,
  }));
  const consumer = {
    info: () => Promise.resolve({ num_pending: announced }),
    consume: () =>
      Promise.resolve({
        close: () => undefined,
        async *[Symbol.asyncIterator]() {
          yield* queue;
          await new Promise((resolve) => end.signal.addEventListener('abort', resolve));
        },
      }),
  };
  const jetstream = { consumers: { get: () => Promise.resolve(consumer) } };
  return { end, session: { jetstream, ended: end.signal } as unknown as BusSession };
}

describe('BucketWatch', () => {
  /** What a watch tells in a second session, which follows one in which it was told `a` and `b`. */
  async function toldIn(
    { announced, messages }: { announced: number; messages: readonly Last[] },
    live: Readonly<Record<string, number>>,
  ): Promise<[string, number | null][]> {
    let begin: (session: BusSession) => void = () => undefined;
    const told: [string, number | null][] = [];
    const watch = new BucketWatch<number>(
      {
        onSession: (listener: (session: BusSession) => void) => ((begin = listener), () => undefined),
        requireSession: () => assert.fail('a watch waits for its sessions'),
      },
      {
        name: 'circuits',
        filter: '>',
        open: () => Promise.resolve(),
        revisionOf: (_session, key) => Promise.resolve(live[key] ?? null),
      },
      (key, entry) => told.push([key, entry?.revision ?? null]),
      silent,
    );
    const first = aSession(2, [
      { key: 'a', seq: 1, pending: 1 },
      { key: 'b', seq: 2, pending: 0 },
    ]);
    begin(first.session);
    await watch.initialised;
    first.end.abort();
    told.length = 0;
    const second = aSession(announced, messages);
    begin(second.session);
    await new Promise((resolve) => setImmediate(resolve));
    second.end.abort();
    watch.stop();
    return told;
  }

  it('tells that a key has vanished while it was away', async () => {
    const messages = [{ key: 'a', seq: 1, pending: 0 }];
    assert.deepEqual(await toldIn({ announced: 1, messages }, { a: 1 }), [['b', null]]);
  });

  it('never calls a key vanished that is written anew while the last values are read', async () => {
    // `b` was the second of two; its old value went before it was read, and the server did not count the new one yet.
    const messages = [
      { key: 'a', seq: 1, pending: 0 },
      { key: 'b', seq: 3, pending: 0 },
    ];
    assert.deepEqual(await toldIn({ announced: 2, messages }, { a: 1, b: 3 }), [['b', 3]]);
  });

  it('believes no answer of before: a value that should have been among the last ones has vanished', async () => {
    const messages = [{ key: 'a', seq: 1, pending: 0 }];
    assert.deepEqual(await toldIn({ announced: 1, messages }, { a: 1, b: 2 }), [['b', null]]);
  });
});
