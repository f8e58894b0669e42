import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CALL_PRIORITIES } from '@signalbox/contracts';
import fc from 'fast-check';
import { anItem, POLICY } from '../testing/items.js';
import { Assembler, type Gate } from './assembler.js';
import type { Batch } from './batch.js';
import { dueAtMs, type AssemblerItem } from './item.js';

/** Mostly patient: what leaves at once merges with nobody. */
const priority = fc.constantFrom(
  ...CALL_PRIORITIES,
  'LOW' as const,
  'LOW' as const,
  'MEDIUM' as const,
  'LOW' as const,
);

const seldom = <Value>(arbitrary: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });

const draft = fc.record({
  priority,
  key: fc.integer({ min: 0, max: 2 }),
  otherKey: seldom(fc.integer({ min: 0, max: 2 })),
  merges: fc.constantFrom(true, true, true, false),
  units: fc.constantFrom(1, 1, 1, 2, 4),
  bytes: fc.constantFrom(1, 50, 100, 200, 400),
  costMicroUsd: fc.constantFrom(0, 5, 10, 20, 30),
  deadlineMs: seldom(fc.integer({ min: 0, max: 2_000 })),
  conflict: seldom(fc.integer({ min: 0, max: 3 })),
  afterMs: fc.integer({ min: 0, max: 60 }),
});

/** What happens next: an item, time passing, an answer, an item taken back or hastened. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('add' as const), draft }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 1_500 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      // Rarely a failure: after a few, batches are of one item, and nothing is left to go wrong.
      outcome: fc.oneof(
        { weight: 40, arbitrary: fc.constant('success' as const) },
        { weight: 1, arbitrary: fc.constantFrom('rate_limited' as const, 'server_error' as const) },
      ),
      latencyMs: fc.integer({ min: 1, max: 410 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), nth: fc.nat({ max: 20 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('hasten' as const), nth: fc.nat({ max: 20 }), priority }),
  },
);

/** Room for a few items, mostly; and bounds that one item is enough to pass. */
const policy = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      maxItems: fc.integer({ min: 5, max: 25 }),
      maxWaitMs: fc.integer({ min: 300, max: 2_000 }),
      maxBytes: fc.integer({ min: 1_000, max: 4_000 }),
      maxCostMicroUsd: fc.integer({ min: 60, max: 300 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      maxItems: fc.integer({ min: 1, max: 5 }),
      maxWaitMs: fc.integer({ min: 0, max: 300 }),
      maxBytes: fc.integer({ min: 1, max: 1_000 }),
      maxCostMicroUsd: fc.integer({ min: 1, max: 60 }),
    }),
  },
);

function itemOf(
  own: typeof draft extends fc.Arbitrary<infer Value> ? Value : never,
  nowMs: number,
): AssemblerItem {
  const { key, otherKey, conflict, afterMs: _, merges, ...rest } = own;
  // Whether a kind of item merges is the same for all of its key.
  const kind = merges ? 'merging' : 'single';
  const others = otherKey === null ? [] : [`${kind} ${otherKey}`];
  return anItem({
    ...rest,
    merges,
    mergeKeys: [`${kind} ${key}`, ...others],
    lane: `lane ${kind}`,
    conflicts: conflict === null ? [] : [`conflict ${conflict}`],
    acceptedAtMs: nowMs,
  });
}

describe('whatever comes in whatever order', () => {
  it('no item is lost, none is in two batches, no bound is passed, none leaves late, and memory is given back', () => {
    fc.assert(
      fc.property(policy, fc.array(step, { maxLength: 120, size: 'max' }), (bounds, steps) => {
        const assembler = new Assembler({ ...POLICY, ...bounds });
        let nowMs = 1_000;
        const waiting = new Map<string, AssemblerItem>();
        const due = new Map<string, number>();
        const onTheWay: string[] = [];

        const see = (batch: Batch): void => {
          onTheWay.push(batch.id);
          assert.ok(batch.items.length > 0);
          for (const item of batch.items) {
            assert.ok(waiting.delete(item.id), `${item.id} left that was not waiting`);
            assert.ok(
              item.mergeKeys.some((key) => batch.mergeKey === key || batch.mergeKey.startsWith(`${key}@`)),
            );
            assert.ok(
              nowMs <= (due.get(item.id) ?? 0),
              `${item.id} left at ${nowMs}, due ${due.get(item.id)}`,
            );
          }
          if (batch.items.length > 1) {
            const sum = (of: (item: AssemblerItem) => number) =>
              batch.items.reduce((total, one) => total + of(one), 0);
            assert.ok(sum(({ units }) => units) <= bounds.maxItems);
            assert.ok(sum(({ bytes }) => bytes) <= bounds.maxBytes);
            assert.ok(sum(({ costMicroUsd }) => costMicroUsd) <= bounds.maxCostMicroUsd);
          }
          const conflicts = batch.items.flatMap((item) => item.conflicts);
          assert.equal(new Set(conflicts).size, conflicts.length);
        };
        const until = (untilMs: number): void => {
          for (;;) {
            for (const batch of assembler.due(nowMs)) see(batch);
            const wakeMs = assembler.nextWakeMs(nowMs);
            if (wakeMs === null || wakeMs > untilMs) break;
            assert.ok(wakeMs > nowMs, 'what is due now has left');
            nowMs = wakeMs;
          }
          nowMs = Math.max(nowMs, untilMs);
        };

        for (const one of steps) {
          const nth = (n: number) => [...waiting.keys()][n % Math.max(1, waiting.size)] ?? '';
          switch (one.kind) {
            case 'add': {
              until(nowMs + one.draft.afterMs);
              const item = itemOf(one.draft, nowMs);
              waiting.set(item.id, item);
              due.set(item.id, dueAtMs(item, bounds.maxWaitMs));
              assert.deepEqual(assembler.add(item, nowMs), { accepted: true });
              break;
            }
            case 'pass':
              until(nowMs + one.ms);
              break;
            case 'settle':
              assembler.settled(onTheWay.shift() ?? 'none', one.outcome, one.latencyMs, nowMs);
              break;
            case 'remove': {
              const id = nth(one.nth);
              assert.equal(assembler.remove(id, nowMs), waiting.delete(id));
              break;
            }
            case 'hasten':
              assert.equal(
                assembler.hasten(nth(one.nth), one.priority, null, nowMs),
                waiting.has(nth(one.nth)),
              );
              break;
          }
          until(nowMs);
        }
        until(nowMs + 10_000);
        assert.equal(waiting.size, 0);
        assert.equal(assembler.nextWakeMs(nowMs), null);
        for (const id of onTheWay) assembler.settled(id, 'success', 1, nowMs);
        const { depth, open, inFlight } = assembler.view;
        assert.deepEqual([depth, open, inFlight], [{ CRITICAL: 0, HIGH: 0, MEDIUM: 0, LOW: 0 }, [], 0]);
      }),
      { numRuns: 300, seed: 11 },
    );
  });

  it('the same calls give the same batches', () => {
    fc.assert(
      fc.property(fc.array(draft, { maxLength: 60, size: 'max' }), (drafts) => {
        const items = drafts.map((one, index) => ({ ...itemOf(one, 0), id: `i${index}` }));
        const play = () => {
          const assembler = new Assembler(POLICY);
          let nowMs = 0;
          return items.flatMap((item, index) => {
            nowMs += drafts[index]?.afterMs ?? 0;
            assembler.add({ ...item, acceptedAtMs: nowMs }, nowMs);
            return assembler.due(nowMs);
          });
        };
        assert.deepEqual(play(), play());
      }),
      { numRuns: 100, seed: 12 },
    );
  });

  it('critical never waits behind low: none leaves by a slot while a critical one is held back', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(draft, fc.nat({ max: 2 })), { maxLength: 80, size: 'max' }), (drafts) => {
        const assembler = new Assembler({ ...POLICY, maxItems: 4 });
        let nowMs = 0;
        const critical = new Set<string>();
        for (const [one, slots] of drafts) {
          nowMs += one.afterMs;
          const item = itemOf(one, nowMs);
          if (item.priority === 'CRITICAL') critical.add(item.id);
          assembler.add(item, nowMs);
          const batches = assembler.due(nowMs, { slots, laneFreeAtMs: () => 0 });
          const bySlot = batches.slice(0, slots);
          for (const batch of bySlot) {
            // At its turn, nothing critical was left for a batch that has none itself.
            if (batch.priority !== 'CRITICAL') assert.equal(critical.size, 0);
            for (const { id } of batch.items) critical.delete(id);
          }
          for (const batch of batches) for (const { id } of batch.items) critical.delete(id);
          for (const batch of batches) assembler.settled(batch.id, 'success', 1, nowMs);
        }
      }),
      { numRuns: 300, seed: 13 },
    );
  });

  it('low never starves, however much of the critical and the high comes: it leaves soon after it has aged', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom('CRITICAL' as const, 'HIGH' as const),
        (gapMs, flood) => {
          const assembler = new Assembler(POLICY);
          assembler.add(anItem({ id: 'low', acceptedAtMs: 0, mergeKeys: ['low'] }), 0);
          // One slot every 30 ms, and more of the flood than it can take, each of a key of its own.
          let leftAtMs: number | null = null;
          for (let nowMs = 0; nowMs < 8_000 && leftAtMs === null; nowMs += gapMs) {
            const item = anItem({
              acceptedAtMs: nowMs,
              priority: flood,
              mergeKeys: [`flood ${nowMs}`],
              merges: false,
            });
            assembler.add(item, nowMs);
            const free: Gate = { slots: nowMs % 30 < gapMs ? 1 : 0, laneFreeAtMs: () => 0 };
            for (const batch of assembler.due(nowMs, free)) {
              if (batch.items.some(({ id }) => id === 'low')) leftAtMs = nowMs;
              assembler.settled(batch.id, 'success', 1, nowMs);
            }
          }
          // Due at 1,000 and aged four waits later, it has a place of its own whenever there is no slot.
          assert.ok(leftAtMs !== null && leftAtMs <= 5_000 + 2 * 30, `left at ${leftAtMs}`);
        },
      ),
      { numRuns: 60, seed: 14 },
    );
  });
});
