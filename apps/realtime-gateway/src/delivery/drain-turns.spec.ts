import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DrainTurns } from './drain-turns.js';

/** A connection with so many messages waiting, that takes 50 at a time and then more. */
function aConnection(name: string, waiting: number, turns: DrainTurns, served: string[]) {
  const connection = {
    pump: (): number => {
      const count = Math.min(50, waiting);
      waiting -= count;
      served.push(name);
      if (waiting > 0) turns.add(connection, false);
      return count;
    },
  };
  return connection;
}

describe('DrainTurns', () => {
  it('serves no more in a turn of the event loop than a few milliseconds’ work, and everybody in turn', async () => {
    const turns = new DrainTurns();
    const served: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f'])
      turns.add(aConnection(name, 100, turns, served), false);
    assert.deepEqual(served, []);
    await nextTurn();
    assert.equal(served.join(''), 'abc');
    await nextTurn();
    assert.equal(served.join(''), 'abcdef');
    await nextTurn();
    await nextTurn();
    assert.equal(served.join(''), 'abcdefabcdef');
  });

  it('serves those first that a critical message waits for, also when it came later', async () => {
    const turns = new DrainTurns();
    const served: string[] = [];
    const [a, b, c] = ['a', 'b', 'c'].map((name) => aConnection(name, 50, turns, served));
    turns.add(a!, false);
    turns.add(b!, false);
    turns.add(c!, true);
    turns.hurry(b!);
    await nextTurn();
    assert.equal(served.join(''), 'cba');
  });
});
