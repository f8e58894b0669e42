import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Turns } from './turns.js';

/** A lane that is free when the test says so. */
function gate() {
  const waiting: (() => void)[] = [];
  return {
    pass: () => new Promise<void>((resolve) => waiting.push(resolve)),
    open: async () => {
      waiting.shift()?.();
      await turn();
    },
  };
}

async function take(turns: Turns, order: string[], names: readonly string[]): Promise<void> {
  for (const name of names) {
    void turns.within('lane', name.startsWith('critical'), () => Promise.resolve(void order.push(name)));
  }
  await turn();
}

describe('Turns', () => {
  it('lets a critical call go before all that wait for the provider’s pace', async () => {
    const lane = gate();
    const order: string[] = [];
    const turns = new Turns(8, lane.pass);
    await take(turns, order, ['low 1', 'low 2', 'low 3']);
    await lane.open();
    await take(turns, order, ['critical']);
    for (let opened = 0; opened < 3; opened++) await lane.open();
    assert.deepEqual(order, ['low 1', 'critical', 'low 2', 'low 3']);
  });

  it('gives every tenth turn to the longest waiter, whatever stream of critical calls comes', async () => {
    const lane = gate();
    const order: string[] = [];
    const turns = new Turns(8, lane.pass);
    const critical = Array.from({ length: 20 }, (_, index) => `critical ${index}`);
    await take(turns, order, ['low 1', 'low 2', ...critical]);
    for (let opened = 0; opened < 22; opened++) await lane.open();
    assert.deepEqual([order.indexOf('low 1'), order.indexOf('low 2')], [9, 19]);
    assert.equal(order.length, 22);
  });

  it('never has more under way than it may, over all lanes, and loses nobody when work fails', async () => {
    const turns = new Turns(2, () => Promise.resolve());
    let underWay = 0;
    let most = 0;
    const results = await Promise.allSettled(
      Array.from({ length: 30 }, (_, index) =>
        turns.within(`lane ${index % 3}`, false, async () => {
          most = Math.max(most, (underWay += 1));
          await turn();
          underWay -= 1;
          if (index % 4 === 0) throw new Error('it failed');
        }),
      ),
    );
    assert.equal(most, 2);
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 22);
  });
});
