import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyOf, limitOf, pageOf } from './paging.js';

describe('paging', () => {
  const rows = [3, 2, 1].map((id) => ({ id }));
  const page = (shown: typeof rows, limit: number) =>
    pageOf(
      shown,
      limit,
      (row) => [row.id],
      (row) => row.id,
    );

  it('gives a cursor exactly when there is more', () => {
    assert.equal(page(rows, 3).nextCursor, null);
    assert.equal(page([], 3).nextCursor, null);
    const { items, nextCursor } = page(rows, 2);
    assert.deepEqual(items, [3, 2]);
    assert.deepEqual(keyOf({ cursor: nextCursor! }, ['number']), [2]);
  });

  it('takes 50 rows unless asked, and at most 500', () => {
    assert.deepEqual([{}, { limit: 7 }, { limit: 10_000 }, { limit: 0 }].map(limitOf), [50, 7, 500, 1]);
  });

  it('refuses a cursor of another list', () => {
    const { nextCursor } = page(rows, 2);
    for (const shape of [['text'], ['time'], ['number', 'number'], []] as const) {
      assert.throws(() => keyOf({ cursor: nextCursor! }, shape), { code: 'VALIDATION_FAILED' });
    }
  });
});
