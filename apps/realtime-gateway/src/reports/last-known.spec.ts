import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '@signalbox/testkit';
import { LastKnown } from './last-known.js';

interface Asked {
  answer: (data: string) => Promise<void>;
  refuse: () => Promise<void>;
}

/** Something whose every question is answered by hand. */
function asked(options: { timeoutMs?: number } = {}) {
  const clock = new ManualClock();
  const questions: Asked[] = [];
  const lastKnown = new LastKnown<string>({
    ask: () =>
      new Promise((resolve, reject) =>
        questions.push({
          answer: (data) => settled(() => resolve(data)),
          refuse: () => settled(() => reject(new Error('away'))),
        }),
      ),
    clock,
    freshMs: 1_000,
    ...options,
  });
  return { clock, questions, lastKnown };
}

async function settled(work: () => void): Promise<void> {
  work();
  await new Promise((resolve) => setImmediate(resolve));
}

describe('LastKnown', () => {
  it('asks once for all who want to know at a time, and for as long as the answer is fresh', async () => {
    const { clock, questions, lastKnown } = asked();
    const both = Promise.all([lastKnown.recent(), lastKnown.recent()]);
    await questions[0]!.answer('one');
    const part = { data: 'one', asOf: new Date(clock.nowMs()).toISOString(), stale: false };
    assert.deepEqual(await both, [part, part]);
    clock.advance(999);
    assert.deepEqual(await lastKnown.recent(), part);
    assert.equal(questions.length, 1);
    clock.advance(1);
    const next = lastKnown.recent();
    assert.equal(questions.length, 2);
    await questions[1]!.answer('two');
    assert.equal((await next).data, 'two');
  });

  it('says that nothing is known before the first answer', async () => {
    const { questions, lastKnown } = asked();
    const part = lastKnown.recent();
    await questions[0]!.refuse();
    assert.deepEqual(await part, { data: null, asOf: null, stale: true });
  });

  it('leaves the last answer, as stale and as of then, while there is no other, and asks again a second later', async () => {
    const { clock, questions, lastKnown } = asked();
    const first = lastKnown.recent();
    await questions[0]!.answer('one');
    const { asOf } = await first;
    clock.advance(5_000);
    const second = lastKnown.recent();
    await questions[1]!.refuse();
    const stale = { data: 'one', asOf, stale: true };
    assert.deepEqual(await second, stale);
    // In between nobody waits for one that has just not answered.
    assert.deepEqual(await lastKnown.recent(), stale);
    assert.deepEqual(await lastKnown.anew(), stale);
    assert.equal(questions.length, 2);
    clock.advance(1_000);
    const third = lastKnown.recent();
    await questions[2]!.answer('two');
    assert.deepEqual([(await third).data, (await third).stale], ['two', false]);
  });

  it('waits no longer than the timeout, asks nothing else meanwhile, and takes the answer when it comes', async () => {
    const { clock, questions, lastKnown } = asked({ timeoutMs: 5 });
    assert.deepEqual(await lastKnown.recent(), { data: null, asOf: null, stale: true });
    clock.advance(8_000);
    const before = performance.now();
    for (let n = 0; n < 1_000; n++) assert.equal((await lastKnown.recent()).data, null);
    assert.ok(performance.now() - before < 5_000, 'nobody waits again for what is late');
    assert.equal((await lastKnown.anew()).stale, true);
    assert.equal(questions.length, 1);
    await questions[0]!.answer('late');
    const asOf = new Date(clock.nowMs()).toISOString();
    assert.deepEqual(await lastKnown.recent(), { data: 'late', asOf, stale: false });
  });

  it('asks anew for one who must not be told what was so before', async () => {
    const { clock, questions, lastKnown } = asked();
    const before = lastKnown.recent();
    clock.advance(10);
    const anew = Promise.all([lastKnown.anew(), lastKnown.anew()]);
    await questions[0]!.answer('before');
    assert.equal((await before).data, 'before');
    assert.equal(questions.length, 2, 'the answer under way may be older than the call');
    await questions[1]!.answer('after');
    assert.deepEqual(
      (await anew).map(({ data, stale }) => [data, stale]),
      [
        ['after', false],
        ['after', false],
      ],
    );
  });
});
