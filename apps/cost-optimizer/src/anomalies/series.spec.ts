import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServiceMinute } from '@signalbox/persistence';
import { sampleNormal, seededRandom } from '@signalbox/statistics';
import { ServiceSeries, valueOf, type SeriesState } from './series.js';

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 15);

/** An ordinary night, with chance; from the minute `faultAt` on, calls take four times as long. */
function minutes(count: number, faultAt = Infinity): ServiceMinute[] {
  const rng = seededRandom(11);
  return Array.from({ length: count }, (_, n) => ({
    minuteStartMs: START_MS + n * MINUTE_MS,
    serviceName: 'samsara',
    costMicroUsd: Math.round(500_000 * (1 + 0.05 * sampleNormal(rng))),
    latencyMsMean: 200 * (1 + 0.03 * sampleNormal(rng)) * (n >= faultAt ? 4 : 1),
    settled: 100,
    failed: 1 + Math.floor(3 * rng()),
  }));
}
const endOf = (count: number) => START_MS + count * MINUTE_MS;

describe('the series of a service', () => {
  it('show a fault in the series that it is in, in the minute it begins or soon after', () => {
    const series = new ServiceSeries(START_MS);
    const seen = series
      .observe(minutes(400, 380), endOf(400))
      .filter(({ series: name }) => name === 'latency');
    const first = seen.find(({ at }) => Date.parse(at) >= endOf(380));
    assert.ok(first !== undefined, JSON.stringify(seen));
    assert.equal(first.direction, 'above');
    assert.ok(first.value > 600 && first.expected! < 300 && first.unit === 'ms');
    assert.ok(Date.parse(first.at) <= endOf(385));
  });

  it('find the same in pieces, over restarts, as in one go', () => {
    const all = minutes(400, 300);
    const whole = new ServiceSeries(START_MS).observe(all, endOf(400));
    let series = new ServiceSeries(START_MS);
    const pieces: typeof whole = [];
    for (let at = 0; at < 400; at += 37) {
      const end = Math.min(400, at + 37);
      pieces.push(...series.observe(all.slice(at, end), endOf(end)));
      series = ServiceSeries.restore(JSON.parse(JSON.stringify(series.state())) as SeriesState);
    }
    assert.deepEqual(pieces, whole);
    assert.ok(whole.length > 0);
  });

  it('know nothing of later minutes', () => {
    const early = new ServiceSeries(START_MS).observe(minutes(300, 280), endOf(290));
    const late = new ServiceSeries(START_MS).observe(minutes(300, 280), endOf(300));
    assert.deepEqual(
      late.filter(({ at }) => Date.parse(at) < endOf(290)),
      early,
    );
  });

  it('tell nothing in the first hour, when everything would be news', () => {
    assert.deepEqual(new ServiceSeries(START_MS).observe(minutes(60, 30), endOf(60)), []);
  });

  it('take what was not measured for nothing, and not for 0', () => {
    const [minute] = minutes(1);
    assert.equal(valueOf('cost', undefined), null);
    assert.equal(valueOf('latency', { ...minute!, latencyMsMean: null }), null);
    assert.equal(valueOf('error_rate', { ...minute!, settled: 4, failed: 4 }), null);
    assert.equal(valueOf('error_rate', { ...minute!, settled: 5, failed: 1 }), 0.2);
    assert.equal(valueOf('cost', minute), minute!.costMicroUsd / 1_000_000);
  });
});
