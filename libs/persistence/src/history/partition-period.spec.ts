import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { partitionName, periodEnd, periodStart, startOfPartition } from './partition-period.js';

const instants = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2200, 0, 1) });
const periods = fc.constantFrom('day' as const, 'month' as const);

describe('partition periods', () => {
  it('hold every instant in exactly one, whose name tells its start', () => {
    fc.assert(
      fc.property(instants, periods, (at, period) => {
        const start = periodStart(period, at);
        const end = periodEnd(period, start);
        assert.ok(start <= at && at < end);
        assert.equal(periodStart(period, end - 1), start);
        assert.equal(periodStart(period, end), end);
        assert.equal(startOfPartition(partitionName('decisions', period, start)), start);
      }),
      { seed: 98 },
    );
  });

  it('are named by their day or month', () => {
    const at = Date.UTC(2024, 1, 29, 23, 59);
    assert.equal(partitionName('outcomes', 'day', periodStart('day', at)), 'outcomes_p20240229');
    assert.equal(partitionName('audit_entries', 'month', periodStart('month', at)), 'audit_entries_p202402');
    assert.equal(startOfPartition('decisions_default'), null);
  });
});
