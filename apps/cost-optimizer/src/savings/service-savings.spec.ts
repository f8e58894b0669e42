import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '@signalbox/statistics';
import { savingsOf, totalSavings } from './service-savings.js';

describe('savingsOf', () => {
  it('adds up by hand', () => {
    // 100 requests of a unit each at $0.05: $5.00. 20 shared an answer: $1.00. The other 80 went as 10 units: $3.50.
    // Those ten cost $0.45 instead of $0.50: routing $0.05.
    const savings = savingsOf({
      calls: { calls: 10, costMicroUsd: 450_000, baselineMicroUsd: 500_000 },
      batches: { requests: 100, duplicates: 20, aloneUnits: 100, billableUnits: 10 },
      unitPriceMicroUsd: 50_000,
      refused: { calls: 3, estimateMicroUsd: 150_000 },
    });
    assert.deepEqual(savings, {
      baselineUsd: 5,
      costUsd: 0.45,
      byCause: { routing: 0.05, batching: 3.5, deduplication: 1, limiting: 0.15 },
      savedUsd: 4.55,
      savedRatio: 0.91,
      calls: 10,
      refusedCalls: 3,
    });
  });

  it('says null where nothing was measured, and below 0 where it cost more', () => {
    const nothing = savingsOf({ calls: null, batches: null, unitPriceMicroUsd: 1, refused: null });
    assert.deepEqual(Object.values(nothing.byCause), [null, null, null, null]);
    assert.deepEqual(
      [nothing.baselineUsd, nothing.costUsd, nothing.savedUsd, nothing.savedRatio],
      [null, null, null, null],
    );
    const dearer = savingsOf({
      calls: { calls: 1, costMicroUsd: 32_000, baselineMicroUsd: 29_000 },
      ...{ batches: null, unitPriceMicroUsd: 29_000, refused: null },
    });
    assert.equal(dearer.byCause.routing, -0.003);
    assert.deepEqual(totalSavings([nothing]).byCause, nothing.byCause);
  });

  it('has parts that add up to the whole, whatever was counted (1,000 seeds)', () => {
    for (let seed = 0; seed < 1_000; seed++) {
      const rng = seededRandom(seed);
      const below = (bound: number) => Math.floor(rng() * bound);
      const services = Array.from({ length: 3 }, () => {
        const requests = 1 + below(1_000);
        return savingsOf({
          calls: { calls: below(100), costMicroUsd: below(1e9), baselineMicroUsd: below(1e9) },
          batches: {
            requests,
            duplicates: below(requests),
            aloneUnits: requests + below(1_000),
            billableUnits: below(2_000),
          },
          unitPriceMicroUsd: below(200_000),
          refused: null,
        });
      });
      for (const { byCause, savedUsd, baselineUsd, costUsd } of [...services, totalSavings(services)]) {
        const parts = byCause.routing! + byCause.batching! + byCause.deduplication!;
        assert.ok(Math.abs(parts - savedUsd!) < 1e-6, `seed ${seed}`);
        assert.ok(Math.abs(baselineUsd! - costUsd! - savedUsd!) < 1e-6, `seed ${seed}`);
      }
    }
  });
});
