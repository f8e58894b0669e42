import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LatencySketch } from './latency-sketch.js';

function sketchOf(from: number, to: number): LatencySketch {
  const sketch = new LatencySketch();
  for (let latencyMs = from; latencyMs <= to; latencyMs++) sketch.add(latencyMs);
  return sketch;
}

function assertWithinOnePercent(actual: number | null, expected: number): void {
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= 0.011 * expected,
    `${actual} is not ${expected}`,
  );
}

describe('a latency sketch', () => {
  it('has no quantile without samples', () => {
    assert.equal(new LatencySketch().quantile(0.5), null);
  });

  it('knows its quantiles to 1 %', () => {
    const sketch = sketchOf(1, 1_000);
    assertWithinOnePercent(sketch.quantile(0.5), 500);
    assertWithinOnePercent(sketch.quantile(0.99), 990);
  });

  it('merges, through text, into what one sketch of all samples would be', () => {
    const travelled = LatencySketch.fromBase64(sketchOf(501, 1_000).toBase64());
    assert.ok(travelled !== null);
    const merged = sketchOf(1, 500);
    merged.merge(travelled);
    const whole = sketchOf(1, 1_000);
    assert.equal(merged.count, 1_000);
    for (const q of [0.01, 0.5, 0.95, 0.99]) assert.equal(merged.quantile(q), whole.quantile(q));
  });

  it('refuses text that is no sketch', () => {
    assert.equal(LatencySketch.fromBase64(Buffer.from('not a sketch').toString('base64')), null);
  });

  it('takes a latency of 0', () => {
    const sketch = new LatencySketch();
    sketch.add(0);
    assertWithinOnePercent(sketch.quantile(0.5), 0.01);
  });
});
