import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeasonalExpectation } from './seasonal-expectation.js';

const HOUR_MS = 3_600_000;
const MONDAY_MS = Date.UTC(2024, 0, 1);

describe('SeasonalExpectation', () => {
  it('expects by day what 0.3 of the last day and 0.7 of those before were', () => {
    const season = new SeasonalExpectation();
    // 32 hours to learn that the interval is an hour; then 09:00 sees 100 on the third day, 200 on the fourth.
    for (let hour = 0; hour < 4 * 24; hour++) {
      const value = hour === 2 * 24 + 9 ? 100 : hour === 3 * 24 + 9 ? 200 : 1;
      season.observe(MONDAY_MS + hour * HOUR_MS, value);
    }
    // The second day's 09:00, hour 33, had 1: 1 → 1 + 0.3 · 99 = 30.7 → 30.7 + 0.3 · 169.3 = 81.49.
    const { byDay, byWeek } = season.expectedAt(MONDAY_MS + (4 * 24 + 9) * HOUR_MS);
    assert.ok(Math.abs((byDay ?? NaN) - 81.49) < 1e-9);
    assert.equal(byWeek, null);
  });

  it('expects by week what this hour of the week was, not what yesterday was', () => {
    const season = new SeasonalExpectation();
    for (let hour = 0; hour < 14 * 24; hour++) {
      const weekend = Math.floor(hour / 24) % 7 >= 5;
      season.observe(MONDAY_MS + hour * HOUR_MS, weekend ? 2 : 10);
    }
    const monday = season.expectedAt(MONDAY_MS + 14 * 24 * HOUR_MS);
    assert.equal(monday.byWeek, 10);
    assert.ok((monday.byDay ?? NaN) < 10);
  });

  it('never compares a value with a slot that holds it', () => {
    const season = new SeasonalExpectation();
    // Every minute, so five to a slot of five minutes: the first day 1, the second day 7 from midnight on.
    for (let minute = 0; minute < 24 * 60; minute++) season.observe(MONDAY_MS + minute * 60_000, 1);
    for (let minute = 24 * 60; minute < 24 * 60 + 5; minute++) {
      // The first 31 intervals of the first day went into learning the width of a slot.
      season.observe(MONDAY_MS + (60 + minute) * 60_000, 7);
      assert.equal(season.expectedAt(MONDAY_MS + (60 + minute) * 60_000).byDay, 1);
    }
  });
});
