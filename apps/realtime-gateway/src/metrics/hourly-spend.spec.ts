import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toMicroUsd } from '@signalbox/contracts';
import { hourlySpend, type MeasuredSpend } from './hourly-spend.js';

const NOW_MS = Date.UTC(2026, 0, 31, 23, 30);
const ago = (minutes: number, usd: number | null, key = '2026-01'): MeasuredSpend => ({
  atMs: NOW_MS - minutes * 60_000,
  month: usd === null ? null : { key, spentMicroUsd: toMicroUsd(usd) },
});

describe('hourly spend', () => {
  it('is what an hour cost, by the collection an hour ago', () => {
    assert.equal(hourlySpend([ago(61, 0), ago(60, 10), ago(30, 11), ago(1, 12.4)], ago(0, 12.5)), 2.5);
  });

  it('is a rate while nothing is an hour old: 0.3 dollars in 12 minutes are 1.5 an hour', () => {
    assert.equal(hourlySpend([ago(12, 10), ago(6, 10.2)], ago(0, 10.3)), 1.5);
  });

  it('is null before there is a minute to tell it from, and without a budget that was told', () => {
    assert.equal(hourlySpend([], ago(0, 10)), null);
    assert.equal(hourlySpend([ago(0.9, 9)], ago(0, 10)), null);
    assert.equal(hourlySpend([ago(10, null)], ago(0, 10)), null);
    assert.equal(hourlySpend([ago(10, 9)], ago(0, null)), null);
  });

  it('begins anew with a month, whose spend begins at nothing', () => {
    const february = ago(0, 0.5, '2026-02');
    assert.equal(hourlySpend([ago(30, 900)], february), null);
    // 0.2 in 5 minutes are 2.4 an hour.
    assert.equal(hourlySpend([ago(30, 900), ago(5, 0.3, '2026-02')], february), 2.4);
  });

  it('is nothing, and not below, when settling found that calls cost less than was held for them', () => {
    assert.equal(hourlySpend([ago(60, 10)], ago(0, 9.9)), 0);
  });
});
