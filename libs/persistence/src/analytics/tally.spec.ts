import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { byService, gapsOf, HOUR_MS, NOTHING, type Tally } from './tally.js';

describe('tallies', () => {
  it('add up per service', () => {
    const tally = (service: Tally['service'], decided: number): Tally => ({ ...NOTHING, service, decided });
    assert.deepEqual(byService([tally('stripe', 2), tally('maps', 5), tally('stripe', 3)]), [
      tally('maps', 5),
      tally('stripe', 5),
    ]);
    assert.deepEqual(byService([]), []);
  });

  it('leave exactly the instants that no whole hour covers', () => {
    const hours = fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { maxLength: 10 });
    const ends = fc.tuple(fc.nat(HOUR_MS), fc.nat(HOUR_MS));
    fc.assert(
      fc.property(hours, ends, (inside, [before, after]) => {
        const range = { fromMs: -before, toMs: 10 * HOUR_MS + after };
        const gaps = gapsOf(
          range,
          inside.map((hour) => hour * HOUR_MS),
        );
        const gapMs = gaps.reduce((sum, gap) => sum + gap.toMs - gap.fromMs, 0);
        assert.equal(gapMs, range.toMs - range.fromMs - inside.length * HOUR_MS);
        for (const [index, gap] of gaps.entries()) {
          assert.ok(gap.fromMs < gap.toMs);
          assert.ok(inside.every((hour) => gap.toMs <= hour * HOUR_MS || gap.fromMs >= (hour + 1) * HOUR_MS));
          assert.ok(index === 0 || gaps[index - 1]!.toMs < gap.fromMs, 'neighbours are one gap');
        }
      }),
      { seed: 99 },
    );
  });
});
