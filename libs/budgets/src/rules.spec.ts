import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { alertMarks } from './alerts.js';
import { admitBasisPoints, bandOf, drawOf } from './band.js';
import { rulesProblems } from './compiled-rules.js';
import { ManualClock } from '@signalbox/testkit';
import { MemoryLedger } from './memory/memory-ledger.js';
import { MemoryJournal, aRuleSet } from './testing/index.js';

describe('rules', () => {
  it('name every bad field', () => {
    const problems = rulesProblems(
      aRuleSet({
        budget: {
          dailyMicroUsd: 0.5,
          alertThresholds: { warning: 0.9, critical: 0.8, emergency: 0.95 },
          throttleFrom: 0,
          timeZone: 'Nowhere',
        },
        limits: { burst: 0, sustainedPerHour: 1.5, daily: Infinity },
      }),
    );
    assert.deepEqual(
      problems.map(({ path }) => path),
      [
        'budget.dailyMicroUsd',
        'budget.alertThresholds',
        'budget.throttleFrom',
        'budget.timeZone',
        'limits.burst',
        'limits.sustainedPerHour',
        'limits.daily',
      ],
    );
    assert.deepEqual(rulesProblems(aRuleSet()), []);
  });

  it('turn shares of a budget into whole micro-dollars, rounded up', () => {
    // 0.7 of 1,999,999 is 1,399,999.3; 0.57 × 100 is 56.99… in binary, and 57 here.
    const marks = (thresholds: [number, number, number], cap: number) => {
      const [warning, critical, emergency] = thresholds;
      return alertMarks({ warning, critical, emergency }, cap).map(({ atMicroUsd }) => atMicroUsd);
    };
    assert.deepEqual(marks([0.7, 0.85, 0.95], 1_999_999), [1_400_000, 1_700_000, 1_900_000]);
    assert.deepEqual(marks([0.57, 0.58, 0.59], 100), [57, 58, 59]);
    assert.deepEqual(marks([0.7, 0.85, 0.95], 0), []);
  });

  it('let the chance of LOW, then of MEDIUM, fall in a line', () => {
    const band = bandOf(0.9, 1_000);
    const chances = [880, 915, 950, 975, 1_000].map((used) => [
      admitBasisPoints(band, used, 'LOW'),
      admitBasisPoints(band, used, 'MEDIUM'),
    ]);
    assert.deepEqual(chances, [
      [10_000, 10_000],
      [5_000, 10_000],
      [0, 10_000],
      [0, 5_000],
      [0, 0],
    ]);
  });

  it('draw evenly from ids that differ little', () => {
    const tenths = new Array<number>(10).fill(0);
    for (let index = 0; index < 10_000; index++) {
      const tenth = Math.floor(drawOf(`request-${index}`) / 1_000);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    // 1,000 expected in each; five standard deviations of √(10,000 × 0.1 × 0.9) = 30.
    for (const count of tenths) assert.ok(Math.abs(count - 1_000) < 150, String(tenths));
  });
});

describe('a budget', () => {
  it('starts again, and arms its alerts again, at the midnight of its zone', async () => {
    // 15:00 UTC is midnight in Tokyo.
    const clock = new ManualClock(Date.UTC(2026, 10, 21, 14, 59, 59));
    const rules = aRuleSet({ budget: { dailyMicroUsd: 1_000, timeZone: 'Asia/Tokyo' } });
    const ledger = new MemoryLedger({ clock, rulesOf: () => rules });
    await ledger.restore(await new MemoryJournal(clock).openGeneration('stripe'));
    const ask = (requestId: string) =>
      ledger.admit({ serviceName: 'stripe', requestId, priority: 'HIGH', estimateMicroUsd: 800 });
    const today = await ask('today');
    assert.deepEqual(
      today.alerts.map(({ alertId }) => alertId),
      ['stripe:day:2026-11-21:7000'],
    );
    assert.deepEqual((await ask('too much')).refusedBy, ['budget:day']);
    clock.advance(1_000);
    const tomorrow = await ask('tomorrow');
    assert.deepEqual(
      tomorrow.alerts.map(({ alertId }) => alertId),
      ['stripe:day:2026-11-22:7000'],
    );
    assert.equal(tomorrow.budget.month.reservedMicroUsd, 1_600);
    // A call of yesterday is paid from yesterday's budget.
    await ledger.commit({ serviceName: 'stripe', reservationId: 'today', actualMicroUsd: 500 });
    const { budget } = await ledger.state('stripe');
    assert.deepEqual([budget.day.spentMicroUsd, budget.month.spentMicroUsd], [0, 500]);
  });
});
