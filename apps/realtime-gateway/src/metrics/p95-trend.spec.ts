import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { p95Trend, type MeasuredP95 } from './p95-trend.js';

const NOW_MS = Date.UTC(2026, 0, 15, 12);
const MINUTE_MS = 60_000;

/** Values a quarter minute apart, the last one now. */
const recent = (...values: (number | null)[]): MeasuredP95[] =>
  values.map((p95, n) => ({ atMs: NOW_MS - (values.length - 1 - n) * 15_000, p95 }));

/** Values two minutes apart, the last one 6 minutes ago. */
const before = (...values: (number | null)[]): MeasuredP95[] =>
  values.map((p95, n) => ({ atMs: NOW_MS - 6 * MINUTE_MS - (values.length - 1 - n) * 2 * MINUTE_MS, p95 }));

const trendOf = (earlier: MeasuredP95[], later: MeasuredP95[]) => p95Trend([...earlier, ...later], NOW_MS);
const STEADY = before(200, 200, 200, 200, 200, 200, 200, 200, 200, 200);

describe('trend of the p95', () => {
  it('is stable up to a tenth beside the earlier median, and beyond it is not', () => {
    // 200 ± 10 % = 180 … 220.
    assert.equal(trendOf(STEADY, recent(220, 220, 220, 220, 220)), 'stable');
    assert.equal(trendOf(STEADY, recent(220.5, 220.5, 220.5, 220.5, 220.5)), 'degrading');
    assert.equal(trendOf(STEADY, recent(180, 180, 180, 180, 180)), 'stable');
    assert.equal(trendOf(STEADY, recent(179.5, 179.5, 179.5, 179.5, 179.5)), 'improving');
  });

  it('goes by the median: two slow collections of five say nothing, three do', () => {
    assert.equal(trendOf(STEADY, recent(200, 200, 900, 900, 200)), 'stable');
    assert.equal(trendOf(STEADY, recent(200, 900, 900, 900, 200)), 'degrading');
  });

  it('does not call 5 ms a change, however fast a service is', () => {
    const fast = before(10, 10, 10, 10, 10, 10, 10, 10, 10, 10);
    assert.equal(trendOf(fast, recent(15, 15, 15, 15, 15)), 'stable');
    assert.equal(trendOf(fast, recent(15.1, 15.1, 15.1, 15.1, 15.1)), 'degrading');
  });

  it('leaves a service alone that always jumps about so', () => {
    // Sorted 100 ×3, 200 ×4, 400 ×3: median 200, quartiles at place 2.25 (125) and 6.75 (350).
    const jumpy = before(100, 400, 200, 100, 200, 400, 200, 100, 400, 200);
    assert.equal(trendOf(jumpy, recent(350, 350, 350, 350, 350)), 'stable');
    assert.equal(trendOf(jumpy, recent(351, 351, 351, 351, 351)), 'degrading');
    assert.equal(trendOf(jumpy, recent(125, 125, 125, 125, 125)), 'stable');
    assert.equal(trendOf(jumpy, recent(124, 124, 124, 124, 124)), 'improving');
  });

  it('is null while there is too little to say: gaps and collections without traffic count for nothing', () => {
    assert.equal(p95Trend([], NOW_MS), null);
    assert.equal(trendOf(STEADY, recent(900, 900, 900, 900)), null);
    assert.equal(trendOf(STEADY, recent(900, null, 900, null, 900, null, 900)), null);
    assert.equal(trendOf(STEADY.slice(1), recent(900, 900, 900, 900, 900)), null);
  });

  it('looks back 35 minutes and no further, and knows nothing of later', () => {
    const older = STEADY.map(({ p95 }, n) => ({ p95, atMs: NOW_MS - 35 * MINUTE_MS - n }));
    assert.equal(trendOf(older, recent(900, 900, 900, 900, 900)), null);
    const later = recent(900, 900, 900, 900, 900).map(({ p95, atMs }) => ({ p95, atMs: atMs + 120_000 }));
    assert.equal(trendOf(STEADY, later), null);
  });
});
