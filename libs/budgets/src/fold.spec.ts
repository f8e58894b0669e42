import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '@signalbox/statistics';
import { foldMovement } from './fold.js';
import type { LedgerEntry, Movement } from './journal.js';
import { movementOf, opened } from './reservation.js';

const open = {
  ...opened('call', 1_000, { dayKey: '2026-11-21', monthKey: '2026-11' }),
  reservedMicroUsd: 100,
};
const settled = { ...open, settledAtMs: 2_000, spentMicroUsd: 70 };
const MOVEMENTS = {
  reserve: movementOf('reserve', 'stripe', 1, open),
  expire: movementOf('expire', 'stripe', 1, settled),
  release: movementOf('release', 'stripe', 1, settled),
  commit: movementOf('commit', 'stripe', 1, settled),
};

function fold(movements: readonly Movement[]): LedgerEntry | undefined {
  return movements.reduce<LedgerEntry | undefined>(foldMovement, undefined);
}

describe('foldMovement', () => {
  const cases = [
    { of: ['reserve'], state: 'open', spent: 0 },
    { of: ['reserve', 'release'], state: 'released', spent: 0 },
    { of: ['reserve', 'expire'], state: 'expired', spent: 0 },
    { of: ['reserve', 'expire', 'commit'], state: 'committed', spent: 70 },
    { of: ['reserve', 'release', 'expire', 'commit'], state: 'committed', spent: 70 },
    { of: ['commit'], state: 'committed', spent: 70 },
  ] as const;
  for (const { of, state, spent } of cases) {
    it(`gives the same for any order and repetition of ${of.join(', ')}: ${state}`, () => {
      const rng = seededRandom(of.length);
      const movements = of.map((kind) => MOVEMENTS[kind]);
      const expected = fold(movements);
      assert.deepEqual([expected?.state, expected?.spentMicroUsd], [state, spent]);
      for (let count = 0; count < 50; count++) {
        const shuffled = [...movements, ...movements]
          .map((movement) => ({ movement, at: rng() }))
          .sort((a, b) => a.at - b.at)
          .map(({ movement }) => movement);
        assert.deepEqual(fold(shuffled), expected, shuffled.map(({ kind }) => kind).join(', '));
      }
    });
  }
});
