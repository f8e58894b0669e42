import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '@signalbox/statistics';
import { ManualClock } from '@signalbox/testkit';
import type { RateLimitConfig } from './rules.js';
import { MemoryLedger } from './memory/memory-ledger.js';
import { arrivalFromMinutes, paceOf } from './pacing.js';
import { MemoryJournal, aRuleSet } from './testing/index.js';

const HOUR_MS = 3_600_000;

async function aLedger(limits: Partial<RateLimitConfig>, clock: ManualClock, timeZone = 'UTC') {
  const rules = aRuleSet({ limits, budget: { timeZone } });
  const ledger = new MemoryLedger({ clock, rulesOf: () => rules });
  await ledger.restore(await new MemoryJournal(clock).openGeneration('stripe'));
  let serial = 0;
  return async () => {
    const requestId = `call-${++serial}`;
    return ledger.admit({ serviceName: 'stripe', requestId, priority: 'HIGH', estimateMicroUsd: 0 });
  };
}

describe('the burst tier', () => {
  it('comes back at the sustained rate, one call at a time', async () => {
    const clock = new ManualClock();
    // 1,000 an hour: one in 3.6 s.
    const call = await aLedger({ burst: 2, sustainedPerHour: 1_000 }, clock);
    await call();
    await call();
    assert.equal((await call()).retryAfterMs, 3_600);
    clock.advance(3_599);
    assert.equal((await call()).allowed, false);
    clock.advance(1);
    assert.equal((await call()).allowed, true);
    assert.equal((await call()).allowed, false);
  });

  it('is never fuller after a restore than it was', () => {
    // 60 a minute, 10 at once; ten calls in the minute before, taken to be at its end: 10 s to fill.
    const pace = paceOf(10, 3_600);
    const minute = 1_000;
    const endUs = (minute + 1) * 60_000_000;
    assert.equal(arrivalFromMinutes(pace, [[minute, 10]], endUs + 5_000_000), endUs + 10_000_000);
    assert.equal(arrivalFromMinutes(pace, [[minute, 500]], endUs), endUs + 10_000_000, 'no more than empty');
  });
});

describe('the sustained tier', () => {
  it('never admits more than its limit in any 60 minutes, and all of it over time (100 seeds)', async () => {
    for (let seed = 1; seed <= 100; seed++) {
      const rng = seededRandom(seed);
      const clock = new ManualClock();
      const limit = 1 + Math.floor(rng() * 30);
      const call = await aLedger({ burst: 1_000, sustainedPerHour: limit }, clock);
      const admittedAt: number[] = [];
      const fromMs = clock.nowMs();
      while (clock.nowMs() - fromMs < 4 * HOUR_MS) {
        clock.advance(Math.floor(rng() * 400_000));
        for (let burst = Math.floor(rng() * limit * 2); burst > 0; burst--) {
          if ((await call()).allowed) admittedAt.push(clock.nowMs());
        }
      }
      for (const [index, atMs] of admittedAt.entries()) {
        const beyond = admittedAt[index + limit];
        assert.ok(
          beyond === undefined || beyond - atMs >= HOUR_MS,
          `seed ${seed}: ${limit + 1} within an hour`,
        );
      }
      // Tokens come back up to a minute late: three full hours' worth in four hours of more than enough calls.
      assert.ok(admittedAt.length >= 3 * limit, `seed ${seed}: ${admittedAt.length} of ${limit} an hour`);
    }
  });

  it('says when the oldest calls no longer count', async () => {
    const clock = new ManualClock(Date.UTC(2026, 0, 15, 12, 0, 30));
    const call = await aLedger({ burst: 10, sustainedPerHour: 2 }, clock);
    await call();
    clock.advance(600_000);
    await call();
    const refused = await call();
    assert.ok(refused.refusedBy.includes('sustained'));
    // The minute of 12:00 has left the window at 13:01.
    clock.advance(Date.UTC(2026, 0, 15, 13, 1) - clock.nowMs());
    assert.ok(!(await call()).refusedBy.includes('sustained'));
  });
});

describe('the daily tier', () => {
  it('starts again at the midnight of the service’s zone', async () => {
    // 05:00 UTC is midnight in New York in November.
    const clock = new ManualClock(Date.UTC(2026, 10, 22, 4, 59, 59));
    const call = await aLedger({ daily: 1 }, clock, 'America/New_York');
    assert.equal((await call()).allowed, true);
    const refused = await call();
    assert.deepEqual([refused.refusedBy, refused.retryAfterMs], [['daily'], 1_000]);
    clock.advance(1_000);
    assert.equal((await call()).allowed, true);
  });
});
