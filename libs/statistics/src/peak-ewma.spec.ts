import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PeakEwma } from './peak-ewma.js';

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);

describe('peak EWMA, τ = 10 s', () => {
  it('is the prior until the first sample, however long that takes', () => {
    const ewma = new PeakEwma(150);
    assert.equal(ewma.read(0), 150);
    assert.equal(ewma.read(3_600_000), 150);
  });

  it('takes the first sample for what it is', () => {
    const ewma = new PeakEwma(150);
    ewma.observe(90, 1_000);
    assert.equal(ewma.read(1_000), 90);
  });

  it('jumps to a sample above the estimate', () => {
    const ewma = new PeakEwma(150);
    ewma.observe(100, 0);
    ewma.observe(900, 1);
    assert.equal(ewma.read(1), 900);
  });

  it('blends in a sample below it: after 10 s, 500·e⁻¹ + 100·(1 − e⁻¹)', () => {
    const ewma = new PeakEwma(150);
    ewma.observe(500, 0);
    ewma.observe(100, 10_000);
    const w = Math.exp(-1);
    near(ewma.read(10_000), 500 * w + 100 * (1 - w));
  });

  it('decays by being read: after 20 s, 500·e⁻²; read twice on the way it is the same', () => {
    const once = new PeakEwma(150);
    const twice = new PeakEwma(150);
    once.observe(500, 0);
    twice.observe(500, 0);
    twice.read(7_000);
    near(once.read(20_000), 500 * Math.exp(-2));
    near(twice.read(20_000), 500 * Math.exp(-2));
  });

  it('ignores a lower sample of the same moment', () => {
    const ewma = new PeakEwma(150);
    ewma.observe(500, 0);
    ewma.observe(100, 0);
    assert.equal(ewma.read(0), 500);
  });
});
