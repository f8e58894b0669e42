import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '@signalbox/statistics';
import { isTimeZone, periodAfter, periodAt } from './period.js';

const HOUR_MS = 3_600_000;
const hours = ({ startsAtMs, endsAtMs }: { startsAtMs: number; endsAtMs: number }): number =>
  (endsAtMs - startsAtMs) / HOUR_MS;

describe('periodAt', () => {
  it('begins a day at the zone’s midnight, not at that of UTC', () => {
    // 23:30 of 21 November in New York (UTC−5) is 04:30 of the 22nd in UTC.
    const day = periodAt('day', Date.UTC(2026, 10, 22, 4, 30), 'America/New_York');
    assert.deepEqual(day, {
      kind: 'day',
      key: '2026-11-21',
      startsAtMs: Date.UTC(2026, 10, 21, 5),
      endsAtMs: Date.UTC(2026, 10, 22, 5),
    });
  });

  it('ends a period at the instant the next begins', () => {
    const midnight = Date.UTC(2026, 10, 22, 5);
    assert.equal(periodAt('day', midnight - 1, 'America/New_York').key, '2026-11-21');
    assert.equal(periodAt('day', midnight, 'America/New_York').key, '2026-11-22');
  });

  it('has 23 hours in a day when clocks are set forward and 25 when they are set back', () => {
    // Berlin: 29 March and 25 October 2026.
    assert.equal(hours(periodAt('day', Date.UTC(2026, 2, 29, 12), 'Europe/Berlin')), 23);
    assert.equal(hours(periodAt('day', Date.UTC(2026, 9, 25, 12), 'Europe/Berlin')), 25);
    assert.equal(hours(periodAt('month', Date.UTC(2026, 2, 15), 'Europe/Berlin')), 31 * 24 - 1);
  });

  it('begins a day that has no midnight when its first hour does', () => {
    // Cairo: at 00:00 of 24 April 2026 clocks show 01:00; the day begins at 22:00 UTC and has 23 hours.
    const day = periodAt('day', Date.UTC(2026, 3, 24, 12), 'Africa/Cairo');
    assert.equal(day.startsAtMs, Date.UTC(2026, 3, 23, 22));
    assert.equal(hours(day), 23);
  });

  it('gives an hour that comes twice across midnight to one day only', () => {
    // Beirut: at 00:00 of 25 October 2026 clocks go back to 23:00 of the 24th, which so has 25 hours.
    const day = periodAt('day', Date.UTC(2026, 9, 24, 12), 'Asia/Beirut');
    assert.equal(hours(day), 25);
    assert.equal(periodAt('day', day.endsAtMs - 1, 'Asia/Beirut').key, '2026-10-24');
    assert.equal(periodAfter(day, 'Asia/Beirut').key, '2026-10-25');
  });

  it('ends a month and a year together', () => {
    const month = periodAt('month', Date.UTC(2026, 11, 31, 23), 'UTC');
    assert.deepEqual([month.key, month.endsAtMs], ['2026-12', Date.UTC(2027, 0, 1)]);
    assert.equal(periodAfter(month, 'UTC').key, '2027-01');
  });

  it('leaves no gap and no overlap, in any zone, over two years', () => {
    const rng = seededRandom(11);
    for (const zone of [
      'UTC',
      'America/St_Johns',
      'Asia/Kathmandu',
      'Pacific/Apia',
      'Australia/Lord_Howe',
      'Asia/Beirut',
    ]) {
      let day = periodAt('day', Date.UTC(2026, 0, 1), zone);
      for (let count = 0; count < 730; count++) {
        const within = day.startsAtMs + Math.floor(rng() * (day.endsAtMs - day.startsAtMs));
        assert.deepEqual(periodAt('day', within, zone), day, `${zone} ${new Date(within).toISOString()}`);
        const next = periodAfter(day, zone);
        assert.equal(next.startsAtMs, day.endsAtMs, `${zone} ${day.key}`);
        assert.ok(next.key > day.key, `${zone} ${day.key}`);
        day = next;
      }
    }
  });

  it('knows what is a time zone', () => {
    assert.deepEqual(['Europe/Berlin', 'Mars/Olympus'].map(isTimeZone), [true, false]);
  });
});
