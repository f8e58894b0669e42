import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anItem, POLICY } from '../testing/items.js';
import { Assembler, type AssemblerPolicy, type Gate } from './assembler.js';
import type { Batch } from './batch.js';
import type { AssemblerItem } from './item.js';

const start = 10_000;

function assembler(policy: Partial<AssemblerPolicy> = {}): Assembler {
  return new Assembler({ ...POLICY, ...policy });
}

/** Adds items at their times and lets the batches out when they wake; what left, and when. */
function timeline(of: Assembler, items: readonly AssemblerItem[], answered = false): string[] {
  const left: string[] = [];
  const out = (nowMs: number): void => {
    for (const batch of of.due(nowMs)) {
      left.push(shown(batch, nowMs));
      if (answered) of.settled(batch.id, 'success', 1, nowMs);
    }
  };
  for (const item of items) {
    for (let wake = of.nextWakeMs(0); wake !== null && wake < item.acceptedAtMs; wake = of.nextWakeMs(wake))
      out(wake);
    of.add(item, item.acceptedAtMs);
    out(item.acceptedAtMs);
  }
  for (let wake = of.nextWakeMs(0); wake !== null; wake = of.nextWakeMs(wake)) out(wake);
  return left;
}

function shown(batch: Batch, nowMs: number): string {
  return `${nowMs - start}: ${batch.items.map(({ id }) => id).join(' ')} (${batch.reason})`;
}

const at = (id: string, ms: number, own: Partial<AssemblerItem> = {}) =>
  anItem({ id, acceptedAtMs: start + ms, ...own });

/** Keeps the key's upstream busy, so that nothing leaves for idleness. */
function busy(of: Assembler): void {
  of.add(at('ahead', -1, { priority: 'CRITICAL' }), start - 1);
  assert.equal(of.due(start - 1).length, 1);
}

function gate(own: Partial<Gate> = {}): Gate {
  return { slots: Infinity, laneFreeAtMs: () => 0, ...own };
}

describe('the assembler', () => {
  it('lets each priority wait its share: critical none, high W/4, medium W/2, low W', () => {
    for (const [priority, waitMs] of [
      ['CRITICAL', 0],
      ['HIGH', 250],
      ['MEDIUM', 500],
      ['LOW', 1_000],
    ] as const) {
      const one = assembler();
      busy(one);
      const [left] = timeline(one, [at('a', 0, { priority })]);
      assert.equal(left, `${waitMs}: a (${priority === 'CRITICAL' ? 'critical' : 'deadline'})`);
    }
  });

  it('keeps the caller’s deadline where it is earlier, and the priority’s where that is', () => {
    const one = assembler();
    busy(one);
    assert.deepEqual(timeline(one, [at('a', 0, { deadlineMs: 300 })]), ['300: a (deadline)']);
    const other = assembler();
    busy(other);
    const patient = at('a', 0, { priority: 'HIGH', deadlineMs: 9_000 });
    assert.deepEqual(timeline(other, [patient]), ['250: a (deadline)']);
  });

  it('sends what is full at once, and what comes after with the next', () => {
    const one = assembler({ maxItems: 3 });
    busy(one);
    const items = ['a', 'b', 'c', 'd'].map((id, index) => at(id, index * 10));
    // c fills the batch at 20; d came at 30 and waits its second.
    assert.deepEqual(timeline(one, items), ['20: a b c (size)', '1030: d (deadline)']);
  });

  it('counts units, not items', () => {
    const one = assembler({ maxItems: 10 });
    busy(one);
    const items = [at('a', 0, { units: 4 }), at('b', 10, { units: 4 }), at('c', 20, { units: 4 })];
    // 4 + 4 fit; 4 more reach the bound, and would pass it: c waits for others.
    assert.deepEqual(timeline(one, items), ['20: a b (size)', '1020: c (deadline)']);
  });

  it('takes everything that fits along with a critical item', () => {
    const one = assembler();
    busy(one);
    const items = [
      at('low', 0),
      at('other', 5, { mergeKeys: ['elsewhere'] }),
      at('now', 10, { priority: 'CRITICAL' }),
    ];
    // Nothing is on the way for `elsewhere`; it is expected to be followed by one, until 0.3 are: see below.
    assert.equal(timeline(one, items)[0], '10: now low (critical)');
  });

  it('bounds bytes and cost as it bounds items', () => {
    const bytes = assembler({ maxBytes: 1_000 });
    busy(bytes);
    const heavy = (id: string, ms: number) => at(id, ms, { bytes: 400, sharedBytes: 100 });
    // 400 + 400 + 100 shared = 900; a third would make 1,300.
    assert.deepEqual(timeline(bytes, [heavy('a', 0), heavy('b', 1), heavy('c', 2)]), [
      '2: a b (bytes)',
      '1002: c (deadline)',
    ]);
    const cost = assembler({ maxCostMicroUsd: 50_000 });
    busy(cost);
    const dear = (id: string, ms: number) => at(id, ms, { costMicroUsd: 25_000 });
    assert.deepEqual(timeline(cost, [dear('a', 0), dear('b', 1), dear('c', 2)]), [
      '1: a b (cost)',
      '1002: c (deadline)',
    ]);
  });

  it('sends an item that is beyond a bound by itself alone', () => {
    const one = assembler({ maxItems: 3 });
    busy(one);
    const left = timeline(one, [at('small', 0), at('large', 10, { units: 5 })]);
    assert.deepEqual(left, ['10: small (size)', '10: large (size)']);
  });

  it('parts items that conflict', () => {
    const one = assembler();
    busy(one);
    const items = [
      at('a', 0, { conflicts: ['x@example.com'] }),
      at('b', 10, { conflicts: ['x@example.com'] }),
      at('c', 20, { conflicts: ['y@example.com'] }),
    ];
    // a and c leave together when a is due; b stays until its own time.
    assert.deepEqual(timeline(one, items), ['1000: a c (deadline)', '1010: b (deadline)']);
  });

  it('joins an item to whichever of its keys has others waiting', () => {
    const one = assembler();
    const items = [
      at('a', 0, { mergeKeys: ['from depot', 'to stop'] }),
      at('b', 10, { mergeKeys: ['from home', 'from depot'] }),
    ];
    one.add(items[0] as AssemblerItem, start);
    one.add(items[1] as AssemblerItem, start + 10);
    assert.deepEqual(
      one.view.open.map(({ mergeKey, items: count }) => [mergeKey, count]),
      [['from depot', 2]],
    );
  });

  it('waits for nobody where several save no request', () => {
    assert.deepEqual(timeline(assembler(), [at('a', 0, { merges: false }), at('b', 1, { merges: false })]), [
      '0: a (idle)',
      '1: b (idle)',
    ]);
  });

  it('knows an item once', () => {
    const one = assembler();
    assert.deepEqual(one.add(at('a', 0), start), { accepted: true });
    assert.deepEqual(one.add(at('a', 1), start), { accepted: false, reason: 'known_already' });
  });

  it('refuses when it is full, the less urgent first', () => {
    const one = assembler({ maxWaiting: 10, maxItems: 100 });
    const fill = (count: number) => {
      for (let n = 0; n < count; n++) one.add(at(`f${n}`, 0, { priority: 'LOW' }), start);
    };
    fill(8);
    const full = { accepted: false, reason: 'full' };
    const add = (id: string, priority: AssemblerItem['priority']) => one.add(at(id, 1, { priority }), start);
    assert.deepEqual(add('low', 'LOW'), full);
    assert.deepEqual(add('medium', 'MEDIUM'), { accepted: true });
    assert.deepEqual(add('medium 2', 'MEDIUM'), full);
    assert.deepEqual(add('high', 'HIGH'), { accepted: true });
    assert.deepEqual(add('high 2', 'HIGH'), full);
    assert.deepEqual(add('critical', 'CRITICAL'), full);
  });

  describe('while the upstream is idle', () => {
    it('expects one more of what it has not seen, and gives up when that is less than 0.3', () => {
      // Belief 1, W = 1,000: 1 · (1000 − t) ÷ (1000 + t) < 0.3 ⇔ 1000 − t < 300 + 0.3 t ⇔ t > 538.46.
      assert.deepEqual(timeline(assembler(), [at('a', 0)]), ['539: a (idle)']);
    });

    it('does not wait where nobody follows', () => {
      const one = assembler();
      const alone = [0, 3_000, 6_000, 9_000, 12_000].map((ms, index) => at(`a${index}`, ms));
      // At 3,000 the first window closes with no follower: key 0, family 0, so that 0 are expected.
      const left = timeline(one, alone, true);
      assert.deepEqual(left.slice(0, 3), ['539: a0 (idle)', '3000: a1 (idle)', '6000: a2 (idle)']);
      assert.deepEqual(left.slice(3), ['9000: a3 (idle)', '12000: a4 (idle)']);
    });

    it('does while a batch of the kind is on the way, and leaves when it has come back', () => {
      const one = assembler();
      one.add(at('first', 0, { priority: 'CRITICAL' }), start);
      const [batch] = one.due(start);
      one.add(at('second', 100), start + 100);
      assert.equal(one.nextWakeMs(start + 100), start + 1_100);
      // Belief 1 + 1 follower, from the window opened at 0: 2 (1100 − t) ÷ (1000 + t) < 0.3 ⇔ t > 826.09.
      one.settled(batch?.id ?? '', 'success', 50, start + 200);
      assert.equal(one.nextWakeMs(start + 200), start + 827);
    });
  });

  describe('behind a gate', () => {
    it('lets critical items first, whatever has waited longer', () => {
      const one = assembler();
      one.add(at('low', 0, { mergeKeys: ['a'] }), start);
      one.add(at('critical', 1_500, { mergeKeys: ['b'], priority: 'CRITICAL' }), start + 1_500);
      const ids = (batches: Batch[]) => batches.map(({ items }) => items[0]?.id);
      assert.deepEqual(ids(one.due(start + 1_500, gate({ slots: 1 }))), ['critical']);
      assert.deepEqual(ids(one.due(start + 1_501, gate({ slots: 1 }))), ['low']);
    });

    it('lets an old low item before a new high one', () => {
      const one = assembler();
      one.add(at('low', 0, { mergeKeys: ['a'] }), start);
      // Due at 1,010 while the low one was due at 1,000.
      one.add(at('high', 760, { mergeKeys: ['b'], priority: 'HIGH' }), start + 760);
      const [first] = one.due(start + 1_200, gate({ slots: 1 }));
      assert.equal(first?.items[0]?.id, 'low');
    });

    it('gives what has aged a place of its own beyond the slots, one at a time', () => {
      const one = assembler();
      one.add(at('low', 0, { mergeKeys: ['a'] }), start);
      one.add(at('low too', 1, { mergeKeys: ['b'] }), start + 1);
      // Due at 1,000, aged 4 waits later.
      assert.equal(one.due(start + 4_999, gate({ slots: 0 })).length, 0);
      assert.equal(one.nextWakeMs(start + 4_999, gate({ slots: 0 })), start + 5_000);
      const [aged, ...others] = one.due(start + 5_001, gate({ slots: 0 }));
      assert.deepEqual([aged?.items[0]?.id, others.length], ['low', 0]);
      one.settled(aged?.id ?? '', 'success', 10, start + 5_002);
      assert.equal(one.due(start + 5_002, gate({ slots: 0 }))[0]?.items[0]?.id, 'low too');
    });

    it('goes on filling a batch that its lane holds back', () => {
      const one = assembler({ maxItems: 3 });
      const closed = gate({ laneFreeAtMs: () => start + 2_000 });
      for (let n = 0; n < 5; n++) {
        one.add(at(`i${n}`, n), start + n);
        assert.equal(one.due(start + n, closed).length, 0);
      }
      assert.equal(one.nextWakeMs(start + 10, closed), start + 2_000);
      const taken: [string, number][] = [];
      const open = gate({ laneTaken: (lane, requests) => void taken.push([lane, requests]) });
      const sizes = one.due(start + 2_000, open).map(({ items }) => items.length);
      assert.deepEqual(sizes, [3, 2]);
      assert.deepEqual(taken, [
        ['lane', 1],
        ['lane', 1],
      ]);
    });

    it('counts a request an item where they do not merge', () => {
      const one = assembler();
      const taken: number[] = [];
      for (let n = 0; n < 4; n++) one.add(at(`m${n}`, n, { merges: false }), start + n);
      one.due(start + 10, gate({ laneTaken: (_, requests) => void taken.push(requests) }));
      assert.deepEqual(taken, [4]);
    });
  });

  it('hastens an item for somebody who cannot wait as long, and never delays it', () => {
    const one = assembler();
    busy(one);
    one.add(at('a', 0), start);
    assert.ok(one.hasten('a', 'HIGH', null, start + 100));
    // Asked at 100 with W/4: due at 350 instead of 1,000.
    assert.equal(one.nextWakeMs(start + 100), start + 350);
    assert.ok(one.hasten('a', 'LOW', null, start + 110));
    assert.equal(one.nextWakeMs(start + 110), start + 350);
    assert.ok(one.hasten('a', 'CRITICAL', null, start + 120));
    assert.equal(one.due(start + 120)[0]?.reason, 'critical');
    assert.ok(!one.hasten('a', 'CRITICAL', null, start + 130));
  });

  it('gives an item back that has not left', () => {
    const one = assembler();
    busy(one);
    one.add(at('a', 0), start);
    assert.ok(one.remove('a', start + 10));
    assert.equal(one.nextWakeMs(start + 10), null);
    assert.ok(!one.remove('a', start + 10));
  });

  it('follows a changed policy with what is waiting', () => {
    const one = assembler();
    busy(one);
    one.add(at('a', 0), start);
    one.adopt({ ...POLICY, maxWaitMs: 400 }, start + 10);
    assert.equal(one.nextWakeMs(start + 10), start + 400);
  });

  it('halves its batches on a 429 and has what is waiting leave by the new size', () => {
    const one = assembler({ maxItems: 10 });
    one.add(at('first', 0, { priority: 'CRITICAL' }), start);
    const [batch] = one.due(start);
    for (let n = 0; n < 6; n++) one.add(at(`w${n}`, 1), start + 1);
    assert.equal(one.due(start + 2).length, 0);
    one.settled(batch?.id ?? '', 'rate_limited', 5, start + 3);
    assert.equal(one.view.sizeLimit, 5);
    assert.deepEqual(
      one.due(start + 3).map(({ items, reason }) => [items.length, reason]),
      [[5, 'size']],
    );
  });
});
