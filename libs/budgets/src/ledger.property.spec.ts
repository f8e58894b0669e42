import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom, type Rng } from '@signalbox/statistics';
import { ManualClock } from '@signalbox/testkit';
import { JournaledLedger } from './journaled-ledger.js';
import type { LedgerState } from './ledger.js';
import { MemoryLedger } from './memory/memory-ledger.js';
import { MemoryJournal, aRuleSet } from './testing/index.js';

const SERVICE = 'stripe';
const SEEDS = 100;
const CAP = 20_000;

/** What an outside observer knows of a call. */
interface Known {
  estimateMicroUsd: number;
  end: 'open' | 'released' | number;
}

interface Run {
  clock: ManualClock;
  hot: MemoryLedger;
  journal: MemoryJournal;
  ledger: JournaledLedger;
  calls: Map<string, Known>;
  rng: Rng;
  seed: number;
}

function aRun(seed: number): Run {
  const clock = new ManualClock();
  const rules = aRuleSet({
    budget: { dailyMicroUsd: CAP, monthlyMicroUsd: 10 * CAP },
    limits: { burst: 60, sustainedPerHour: 80, daily: 100 },
  });
  const hot = new MemoryLedger({ clock, rulesOf: () => rules, reservationTtlMs: 3_600_000 });
  const journal = new MemoryJournal(clock);
  const ledger = new JournaledLedger({ ledger: hot, journal, clock, wait: async () => undefined });
  return { clock, hot, journal, ledger, calls: new Map(), rng: seededRandom(seed), seed };
}

/** One step of a walk: any call of the port, with any of the ids that are known, in any state. */
async function step({ ledger, hot, calls, rng, clock }: Run, mayLose: boolean): Promise<void> {
  const upTo = (most: number): number => Math.floor(rng() * most);
  const ids = [...calls.keys()];
  const requestId = rng() < 0.7 || ids.length === 0 ? `call-${calls.size}` : (ids[upTo(ids.length)] ?? '');
  const known = calls.get(requestId);
  const dice = rng();
  clock.advance(upTo(2_000));
  if (mayLose && rng() < 0.03) hot.lose();
  if (dice < 0.5 || known === undefined) {
    const estimateMicroUsd = known?.estimateMicroUsd ?? upTo(1_500);
    const verdict = await ledger.admit({
      serviceName: SERVICE,
      requestId,
      priority: 'HIGH',
      estimateMicroUsd,
    });
    if (verdict.allowed && known === undefined) calls.set(requestId, { estimateMicroUsd, end: 'open' });
  } else if (dice < 0.8 && known.end !== 'released') {
    const actualMicroUsd = upTo(known.estimateMicroUsd + 1);
    const { changed } = await ledger.commit({
      serviceName: SERVICE,
      reservationId: requestId,
      actualMicroUsd,
    });
    if (changed) known.end = actualMicroUsd;
  } else {
    const { changed } = await ledger.release({ serviceName: SERVICE, reservationId: requestId });
    if (changed) known.end = 'released';
  }
}

function totals(calls: Map<string, Known>): { spent: number; reserved: number; made: number } {
  const all = [...calls.values()];
  return {
    spent: all.reduce((sum, { end }) => sum + (typeof end === 'number' ? end : 0), 0),
    reserved: all.reduce(
      (sum, { end, estimateMicroUsd }) => sum + (end === 'open' ? estimateMicroUsd : 0),
      0,
    ),
    made: all.filter(({ end }) => end !== 'released').length,
  };
}

function standingOf({ budget, tiers }: LedgerState) {
  const { spentMicroUsd, reservedMicroUsd } = budget.day;
  return { spent: spentMicroUsd, reserved: reservedMicroUsd, made: tiers.daily.used };
}

async function walk(seed: number, mayLose: boolean): Promise<void> {
  const run = aRun(seed);
  for (let count = 0; count < 150; count++) {
    const before = totals(run.calls);
    await step(run, mayLose);
    const state = standingOf(await run.ledger.state(SERVICE));
    assert.deepEqual(state, totals(run.calls), `seed ${seed}, step ${count}, from ${JSON.stringify(before)}`);
    assert.ok(state.spent + state.reserved <= CAP, `seed ${seed}: ${state.spent + state.reserved} of ${CAP}`);
    assert.ok(state.made <= 100, `seed ${seed}: ${state.made} calls`);
  }
}

describe('a ledger', () => {
  it(`accounts for every token and micro-dollar, and passes no limit (${SEEDS} walks)`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) await walk(seed, false);
  });

  it(`still does when it is lost and rebuilt between any two steps (${SEEDS} walks)`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) await walk(seed, true);
  });
});

describe('JournaledLedger', () => {
  it(`never overshoots with calls in flight while the hot ledger is lost (${SEEDS} seeds)`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const run = aRun(seed);
      const admitted: number[] = [];
      const call = async (index: number): Promise<void> => {
        // A journal that takes a different number of turns for each append lets the steps overtake each other.
        const estimateMicroUsd = 1_000 + Math.floor(run.rng() * 1_000);
        const request = {
          serviceName: SERVICE,
          requestId: `c${index}`,
          priority: 'HIGH',
          estimateMicroUsd,
        } as const;
        if ((await run.ledger.admit(request)).allowed) admitted.push(estimateMicroUsd);
      };
      slowed(run);
      const calls: Promise<void>[] = [];
      for (let index = 0; index < 60; index++) {
        calls.push(call(index));
        if (run.rng() < 0.1) run.hot.lose();
        if (run.rng() < 0.5) await Promise.resolve();
      }
      await Promise.all(calls);
      const sum = admitted.reduce((total, amount) => total + amount, 0);
      assert.ok(sum <= CAP, `seed ${seed}: ${sum} of ${CAP} was admitted`);
      const { reserved } = standingOf(await run.ledger.state(SERVICE));
      assert.equal(reserved, sum, `seed ${seed}`);
    }
  });

  it('admits while the journal is away, says so, and journals what it kept', async () => {
    const { ledger, journal, hot, clock } = aRun(1);
    const ask = (requestId: string) =>
      ledger.admit({ serviceName: SERVICE, requestId, priority: 'HIGH', estimateMicroUsd: 1_000 });
    assert.equal((await ask('before')).isJournalled, true);
    journal.failure = new Error('away');
    const during = await ask('during');
    assert.deepEqual([during.allowed, during.isJournalled], [true, false]);
    journal.failure = null;
    clock.advance(1_000);
    hot.lose();
    await ledger.sweep(SERVICE);
    // Lost in the meantime, and answered: it was reserved again by force.
    assert.equal((await ledger.state(SERVICE)).budget.day.reservedMicroUsd, 2_000);
    assert.equal((await ask('during')).duplicate, true);
    assert.equal((await ask('after')).isJournalled, true);
  });

  it('keeps what a sweep finds again and again once while the journal is away', async () => {
    const { ledger, journal, clock } = aRun(1);
    for (const requestId of ['one', 'two']) {
      await ledger.admit({ serviceName: SERVICE, requestId, priority: 'HIGH', estimateMicroUsd: 1_000 });
    }
    journal.failure = new Error('away');
    for (const reservationId of ['one', 'two']) {
      await ledger.commit({ serviceName: SERVICE, reservationId, actualMicroUsd: 900 });
    }
    // The ledger reminds of commits that nobody has confirmed, in each sweep from ten seconds on.
    for (let second = 0; second < 60; second++) {
      clock.advance(1_000);
      await ledger.sweep(SERVICE);
    }
    assert.equal(ledger.backlogLength, 2);
    journal.failure = null;
    clock.advance(1_000);
    await ledger.sweep(SERVICE);
    assert.equal(ledger.backlogLength, 0);
    const stored = [...journal.movements.values()].filter(({ kind }) => kind === 'commit');
    assert.deepEqual(
      stored.map(({ reservationId }) => reservationId),
      ['one', 'two'],
    );
  });

  it('tells that it needs the journal when both halves are away', async () => {
    const { ledger, journal } = aRun(1);
    journal.failure = new Error('away');
    const request = { serviceName: SERVICE, requestId: 'x', priority: 'HIGH', estimateMicroUsd: 1 } as const;
    await assert.rejects(ledger.admit(request), {
      code: 'DEPENDENCY_UNAVAILABLE',
      details: { dependency: 'postgres' },
    });
  });

  it('rebuilds the services of a lost ledger one after the other, each once', async () => {
    const { ledger, journal, hot } = aRun(1);
    const services = ['stripe', 'maps', 'twilio', 'sendgrid'] as const;
    const state = async () => Promise.all(services.map((service) => ledger.state(service)));
    await state();
    hot.lose();
    let [atOnce, most] = [0, 0];
    const opened: string[] = [];
    const open = journal.openGeneration.bind(journal);
    journal.openGeneration = async (service) => {
      opened.push(service);
      most = Math.max(most, ++atOnce);
      for (let turns = 0; turns < 5; turns++) await Promise.resolve();
      atOnce -= 1;
      return open(service);
    };
    const states = await Promise.all([state(), state(), state()]);
    assert.equal(most, 1);
    assert.deepEqual(opened.sort(), [...services].sort());
    assert.ok(states.flat().every(({ generation }) => generation === 2));
  });

  it('rebuilds by itself when who opened the next generation has died', async () => {
    const { ledger, journal } = aRun(1);
    const ask = (requestId: string) =>
      ledger.admit({ serviceName: SERVICE, requestId, priority: 'HIGH', estimateMicroUsd: 1_000 });
    await ask('first');
    await journal.openGeneration(SERVICE);
    assert.equal((await ask('second')).allowed, true);
    assert.equal((await ledger.state(SERVICE)).budget.day.reservedMicroUsd, 2_000);
  });

  it('journals also then what it kept while the journal was away', async () => {
    const { ledger, journal, clock } = aRun(1);
    const ask = (requestId: string) =>
      ledger.admit({ serviceName: SERVICE, requestId, priority: 'HIGH', estimateMicroUsd: 1_000 });
    await ask('before');
    journal.failure = new Error('away');
    for (const requestId of ['kept', 'settled']) await ask(requestId);
    await ledger.commit({ serviceName: SERVICE, reservationId: 'settled', actualMicroUsd: 700 });
    journal.failure = null;
    await journal.openGeneration(SERVICE);
    clock.advance(1_000);
    // A journal that never takes it would be asked for ever.
    let appends = 0;
    const append = journal.append.bind(journal);
    journal.append = async (movements) => {
      if (++appends > 100) throw new Error('asked 100 times');
      return append(movements);
    };
    await ledger.sweep(SERVICE);
    assert.equal(ledger.backlogLength, 0);
    const { spentMicroUsd, reservedMicroUsd } = (await ledger.state(SERVICE)).budget.day;
    assert.deepEqual([spentMicroUsd, reservedMicroUsd], [700, 2_000]);
    assert.equal((await ask('after')).isJournalled, true);
  });
});

/** Lets appends take some turns, so that a loss can come in between. */
function slowed({ journal, rng }: Run): void {
  const append = journal.append.bind(journal);
  journal.append = async (movements) => {
    for (let turns = Math.floor(rng() * 6); turns > 0; turns--) await Promise.resolve();
    return append(movements);
  };
}
