import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SignalboxError, type SeriesQuery } from '@signalbox/contracts';
import { seriesRangeOf } from './series-range.js';

const NOON_MS = Date.UTC(2026, 0, 15, 12);
const HOUR_MS = 3_600_000;
const iso = (ms: number) => new Date(ms).toISOString();

/** The field that the query is refused for. */
function refusedField(query: SeriesQuery): string | undefined {
  try {
    seriesRangeOf(query, NOON_MS);
  } catch (error) {
    assert.ok(error instanceof SignalboxError);
    assert.equal(error.code, 'VALIDATION_FAILED');
    return (error.details as { fields: { path: string }[] }).fields[0]?.path;
  }
  return undefined;
}

describe('range of a series', () => {
  it('is the last hour a minute unless asked otherwise', () => {
    const expected = { fromMs: NOON_MS - HOUR_MS, toMs: NOON_MS, stepMs: 60_000 };
    assert.deepEqual(seriesRangeOf({}, NOON_MS), expected);
  });

  it('takes for longer ranges the step that people think in and that leaves at most 1,000 points', () => {
    const stepOf = (hours: number) =>
      seriesRangeOf({ from: iso(NOON_MS - hours * HOUR_MS) }, NOON_MS).stepMs / 1_000;
    // 16 h are 960 minutes; 17 h are 1,020. 83 h are 996 times 5 min; 84 h are 1,008.
    assert.deepEqual([16, 17, 24, 83, 84, 24 * 30].map(stepOf), [60, 300, 300, 300, 900, 3_600]);
  });

  it('takes times of any zone', () => {
    const { fromMs, toMs } = seriesRangeOf(
      { from: '2026-01-15T12:00:00+02:00', to: '2026-01-15T11:30:00Z' },
      NOON_MS,
    );
    assert.deepEqual([fromMs, toMs], [NOON_MS - 2 * HOUR_MS, NOON_MS - HOUR_MS / 2]);
  });

  it('lets the past be asked for that is not kept any more', () => {
    assert.equal(refusedField({ from: '2020-01-01T00:00:00Z', to: '2020-01-01T01:00:00Z' }), undefined);
  });

  it('refuses by field what is no range', () => {
    assert.equal(refusedField({ from: iso(NOON_MS) }), 'from');
    assert.equal(refusedField({ from: iso(NOON_MS - 1), to: iso(NOON_MS - 2) }), 'from');
    assert.equal(refusedField({ from: '2026-01-10T25:00:00Z' }), 'from');
    assert.equal(refusedField({ to: '2026-13-01T00:00:00Z' }), 'to');
    assert.equal(refusedField({ from: '2020-01-01T00:00:00Z' }), 'from');
  });

  it('refuses a step that makes more than 1,000 points, and takes the one it proposes', () => {
    const from = iso(NOON_MS - 24 * HOUR_MS);
    // 86,400 s ÷ 15 s = 5,760 points; 86,400 ÷ 1,000 = 86.4, so 87 s.
    assert.throws(() => seriesRangeOf({ from, step: 15 }, NOON_MS), /5760 points.*ask for 87 or more/);
    assert.equal(refusedField({ from, step: 86 }), 'step');
    assert.equal(seriesRangeOf({ from, step: 87 }, NOON_MS).stepMs, 87_000);
  });
});
