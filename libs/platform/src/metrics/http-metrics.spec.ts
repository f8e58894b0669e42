import assert from 'node:assert/strict';
import { it } from 'node:test';
import { HttpMetrics } from './http-metrics.js';

it('writes a cumulative histogram in seconds that Prometheus reads', () => {
  const metrics = new HttpMetrics();
  const observe = metrics.observer('GET', '/x');
  // 0.5 ms is within the first bound, 2 ms within 0.0025, 11 s above all.
  for (const durationMs of [0.5, 2, 2, 11_000]) observe(200, durationMs);
  const value = (series: string) => metrics.text().match(new RegExp(`${series} (\\S+)$`, 'm'))?.[1];
  const labels = 'method="GET",route="/x",status="200"';
  const bucket = (le: string) =>
    value(`http_request_duration_seconds_bucket{${labels},le="${le.replace('+', '\\+')}"}`);
  assert.deepEqual(['0.0005', '0.001', '0.0025', '10', '+Inf'].map(bucket), ['1', '1', '3', '3', '4']);
  assert.equal(Number(value(`http_request_duration_seconds_sum{${labels}}`)).toFixed(4), '11.0045');
  assert.equal(value(`http_request_duration_seconds_count{${labels}}`), '4');
});
