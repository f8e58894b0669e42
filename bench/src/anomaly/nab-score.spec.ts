import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { finalScore, probation, PROFILES, ScoredSeries } from './nab-score.js';

/** 100 rows, so 15 in probation; one window of 10 rows, 40 to 49. */
const WINDOW = [{ first: 40, last: 49 }];
const at = (...rows: number[]): number[] => {
  const scores = new Array<number>(100).fill(0);
  for (const row of rows) scores[row] = 1;
  return scores;
};
const standard = (scores: number[], windows = WINDOW): number | null =>
  finalScore([new ScoredSeries(windows, scores).points(0.5, PROFILES.standard)]);
const near = (actual: number | null, expected: number): void => {
  assert.ok(actual !== null && Math.abs(actual - expected) < 1e-3, `${actual} is not ${expected}`);
};

describe('the NAB score', () => {
  it('is 100 for a detection at the window’s first row, and 0 for none', () => {
    near(standard(at(40)), 100);
    near(standard(at()), 0);
  });

  it('gives a late detection less: at the last row S(−0.1)/S(−1)', () => {
    // S(−0.1) = 2/(1+e^−0.5) − 1 = 0.244919; S(−1) = 2/(1+e^−5) − 1 = 0.986614; ratio 0.248242
    // raw 0.248242, nothing −1, perfect 1: 100 · 1.248242 / 2
    near(standard(at(49)), 62.4121);
  });

  it('counts the best detection of a window once', () => {
    near(standard(at(40, 41, 42, 49)), 100);
  });

  it('charges a detection far from every window 0.11, one just after a window less', () => {
    // Row 20 has no window before it: −0.11 of a span of 2.
    near(standard(at(20, 40)), 100 - (100 * 0.11) / 2);
    // Row 50: y = (50−49)/(10−1) = 0.111111, S = 2/(1+e^0.555556) − 1 = −0.270844.
    near(standard(at(40, 50)), 100 - (100 * 0.11 * 0.270844) / 2);
    // Row 77: y = 28/9 > 3.
    near(standard(at(40, 77)), 100 - (100 * 0.11) / 2);
  });

  it('charges false positives double, or misses double, as the profile says', () => {
    const found = new ScoredSeries(WINDOW, at(20, 40));
    near(finalScore([found.points(0.5, PROFILES.lowFp)]), 100 - (100 * 0.22) / 2);
    const missed = new ScoredSeries(WINDOW, at());
    assert.equal(missed.points(0.5, PROFILES.lowFn).raw, -2);
  });

  it('ignores rows in probation: 15 %, at most 750', () => {
    near(standard(at(14, 40)), 100);
    assert.ok((standard(at(15, 40)) ?? 100) < 99.9);
    assert.equal(probation(100), 15);
    assert.equal(probation(20_000), 750);
  });

  it('lets a series without a window only cost', () => {
    const quiet = new ScoredSeries([], at(50));
    assert.equal(finalScore([quiet.points(0.5, PROFILES.standard)]), null);
    const both = [
      quiet.points(0.5, PROFILES.standard),
      new ScoredSeries(WINDOW, at(40)).points(0.5, PROFILES.standard),
    ];
    near(finalScore(both), 100 - (100 * 0.11) / 2);
  });
});
