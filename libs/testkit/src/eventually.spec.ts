import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually } from './eventually.js';

describe('eventually', () => {
  it('resolves with the first answer that is neither false nor an error', async () => {
    const answers = [false, new Error('not yet'), 'done'];
    const answer = await eventually(() => {
      const next = answers.shift();
      if (next instanceof Error) throw next;
      return next;
    });
    assert.equal(answer, 'done');
  });

  it('rejects at the deadline with why the last attempt failed', async () => {
    await assert.rejects(
      eventually(() => assert.equal(1, 2), { timeoutMs: 30 }),
      /1 !== 2/,
    );
  });
});
