import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate as settled } from 'node:timers/promises';
import { Rounds, type RoundsOptions, type Turn } from './rounds.js';

/** Rounds of one second each by a manual timer, and all that is said of them. */
function rounds(
  t: TestContext,
  round: RoundsOptions['round'],
  more: Partial<RoundsOptions> & { turn?: Turn } = {},
) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const said: string[] = [];
  const seen = { failed: 0 };
  const say = (line: string) => void said.push(line);
  const { turn, ...options } = more;
  const target = new Rounds(
    { work: 'Rows are deleted', everyMs: 1_000, round, ...options },
    { warn: say, log: say },
    () => (seen.failed += 1),
    turn,
  );
  const pass = async (seconds: number) => {
    for (let n = 0; n < seconds; n++) {
      t.mock.timers.tick(1_000);
      await settled();
    }
  };
  return { target, said, seen, pass };
}

/** Work that lasts until it is told to end. */
function slowWork() {
  const ends: (() => void)[] = [];
  return {
    ends,
    work: () => new Promise<void>((resolve) => ends.push(resolve)),
  };
}

describe('Rounds', () => {
  it('begin a period after the start, and end when they are stopped', async (t) => {
    let count = 0;
    const { target, pass } = rounds(t, () => void (count += 1));
    target.start();
    assert.equal(count, 0);
    await pass(3);
    assert.equal(count, 3);
    await target.stop();
    await pass(3);
    assert.equal(count, 3);
  });

  it('begin with the start where that is asked for', async (t) => {
    let count = 0;
    const { target } = rounds(t, () => void (count += 1), { atOnce: true });
    target.start();
    await target.stop();
    assert.equal(count, 1);
  });

  it('are never two at a time: one that lasts is waited for, and what it left out is not made up for', async (t) => {
    const { ends, work } = slowWork();
    const { target, pass } = rounds(t, work);
    target.start();
    await pass(5);
    assert.equal(ends.length, 1);
    ends[0]!();
    await settled();
    await pass(1);
    assert.equal(ends.length, 2);
    ends[1]!();
    await target.stop();
  });

  it('are stopped when the last has ended, and only then is the turn given back', async (t) => {
    const { ends, work } = slowWork();
    const order: string[] = [];
    const turn = {
      isHeld: () => Promise.resolve(true),
      release: () => Promise.resolve(void order.push('released')),
    };
    const { target, pass } = rounds(t, () => work().then(() => void order.push('ended')), { turn });
    target.start();
    await pass(1);
    const stopped = target.stop().then(() => order.push('stopped'));
    await settled();
    assert.deepEqual(order, []);
    ends[0]!();
    await stopped;
    assert.deepEqual(order, ['ended', 'released', 'stopped']);
  });

  it('are left to whoever has the turn', async (t) => {
    let count = 0;
    let isHeld = false;
    const turn = { isHeld: () => Promise.resolve(isHeld), release: () => Promise.resolve() };
    const { target, pass } = rounds(t, () => void (count += 1), { turn });
    target.start();
    await pass(2);
    assert.equal(count, 0);
    isHeld = true;
    await pass(2);
    assert.equal(count, 2);
    await target.stop();
  });

  it('leave the turn to others while they are not ready', async (t) => {
    let asked = 0;
    let isReady = false;
    const turn = { isHeld: () => Promise.resolve((asked += 1) > 0), release: () => Promise.resolve() };
    const { target, pass } = rounds(t, () => undefined, { turn, isReady: () => isReady });
    target.start();
    await pass(2);
    assert.equal(asked, 0);
    isReady = true;
    await pass(1);
    assert.equal(asked, 1);
    await target.stop();
  });

  it('may be asked for one at once, which is never begun beside another', async (t) => {
    let begun = 0;
    let end: () => void = () => undefined;
    const round = () => new Promise<void>((resolve) => ((begun += 1), (end = resolve)));
    const { target, pass } = rounds(t, round);
    target.start();
    const asked = [target.now(), target.now()];
    await pass(2);
    assert.equal(begun, 1);
    end();
    await Promise.all(asked);
    await pass(1);
    assert.equal(begun, 2);
    end();
    await target.stop();
  });

  it('say a failure once while it goes on, count each, and say when it is over', async (t) => {
    let isAway = true;
    const round = () => (isAway ? Promise.reject(new Error('PostgreSQL is away')) : Promise.resolve());
    const { target, said, seen, pass } = rounds(t, round, { meanwhile: 'Rows are kept' });
    target.start();
    await pass(4);
    assert.equal(seen.failed, 4);
    assert.deepEqual(said, [
      'Rows are deleted: failed, next try in 1 s: Error: PostgreSQL is away. Rows are kept.',
    ]);
    isAway = false;
    await pass(2);
    assert.equal(said[1], 'Rows are deleted: works again after 4 failed rounds');
    isAway = true;
    await pass(1);
    assert.equal(said.length, 3);
    await target.stop();
  });

  it('go on after work that throws at once', async (t) => {
    let count = 0;
    const { target, pass } = rounds(t, () => {
      count += 1;
      throw new Error('no');
    });
    target.start();
    await pass(2);
    assert.equal(count, 2);
    await target.stop();
  });
});
