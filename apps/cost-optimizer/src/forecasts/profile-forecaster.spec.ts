import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProfileForecaster } from './profile-forecaster.js';

const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2026-11-02T00:00:00.000Z');

/** A cent an hour by night, three by day. */
function hours(count: number) {
  return Array.from({ length: count }, (_, hour) => ({
    hourStartMs: START_MS + hour * HOUR_MS,
    value: hour % 24 < 12 ? 10_000 : 30_000,
  }));
}

describe('ProfileForecaster', () => {
  const forecaster = new ProfileForecaster();
  const at = (count: number) => {
    const nowMs = START_MS + count * HOUR_MS;
    return forecaster.forecast({
      hourly: hours(count),
      spentMicroUsd: 120_000,
      nowMs,
      periodStartMs: nowMs - 12 * HOUR_MS,
      periodEndMs: nowMs + 12 * HOUR_MS,
      timeZone: 'UTC',
    });
  };

  it('continues the hours of the day: from noon, twelve hours at three cents follow', () => {
    const forecast = at(9 * 24 + 12);
    assert.ok('pointMicroUsd' in forecast, JSON.stringify(forecast));
    assert.equal(forecast.method, 'hour-of-day');
    assert.ok(Math.abs(forecast.pointMicroUsd - 480_000) < 5_000, `${forecast.pointMicroUsd}`);
    assert.ok(forecast.interval95.lower <= forecast.interval80.lower);
    assert.ok(forecast.interval80.upper <= forecast.interval95.upper);
  });

  it('fits no seasons however long the history: that is for the thread which may take its time', () => {
    const forecast = at(56 * 24 + 12);
    assert.ok('method' in forecast && forecast.method === 'hour-of-day');
  });

  it('forecasts nothing from nothing', () => {
    assert.ok('unavailable' in at(1));
  });
});
