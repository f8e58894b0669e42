import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { rebaseConfig } from './rebase-config.js';

const a = { nodeId: 'a', weight: 70, price: 1 };
const b = { nodeId: 'b', weight: 30, price: 2 };

describe('rebaseConfig', () => {
  it('keeps what both changed in different places', () => {
    assert.deepEqual(
      rebaseConfig(
        { x: 1, deep: { y: 1, z: 1 } },
        { x: 2, deep: { y: 1, z: 1 } },
        { x: 1, deep: { y: 1, z: 3 } },
      ),
      { config: { x: 2, deep: { y: 1, z: 3 } }, conflicts: [] },
    );
  });

  it('names each place that both changed to something else, and has mine there', () => {
    assert.deepEqual(rebaseConfig({ x: 1, y: 1, z: 1 }, { x: 2, y: 5, z: 1 }, { x: 3, y: 5, z: 4 }), {
      config: { x: 2, y: 5, z: 4 },
      conflicts: ['x'],
    });
  });

  it('follows nodes by their name: mine changed, theirs moved, added and removed', () => {
    const c = { nodeId: 'c', weight: 0, price: 3 };
    const d = { nodeId: 'd', weight: 0, price: 4 };
    const base = { nodes: [a, b, c] };
    const mine = { nodes: [{ ...a, weight: 60 }, b, c] };
    const theirs = { nodes: [{ ...b, price: 9 }, { ...a, price: 8 }, d] };
    assert.deepEqual(rebaseConfig(base, mine, theirs), {
      config: { nodes: [{ ...b, price: 9 }, { ...a, weight: 60, price: 8 }, d] },
      conflicts: [],
    });
  });

  it('carries over a removal, and says so when the other changed what I removed', () => {
    assert.deepEqual(rebaseConfig({ nodes: [a, b] }, { nodes: [a] }, { nodes: [a, b] }), {
      config: { nodes: [a] },
      conflicts: [],
    });
    assert.deepEqual(rebaseConfig({ nodes: [a, b] }, { nodes: [a] }, { nodes: [a, { ...b, weight: 1 }] }), {
      config: { nodes: [a] },
      conflicts: ['nodes.b'],
    });
    assert.deepEqual(rebaseConfig<{ x?: number }>({ x: 1 }, {}, { x: 1 }), { config: {}, conflicts: [] });
  });

  it('takes other lists whole', () => {
    assert.deepEqual(rebaseConfig({ list: ['p'] }, { list: ['p', 'q'] }, { list: ['r'] }), {
      config: { list: ['p', 'q'] },
      conflicts: ['list'],
    });
  });

  it('gives theirs when I changed nothing, mine when they did, whatever the bodies', () => {
    const bodies = fc.dictionary(
      fc.stringMatching(/^[a-c]$/),
      fc.oneof(
        fc.integer(),
        fc.record({ p: fc.integer(), q: fc.boolean() }),
        fc.array(fc.integer(), { minLength: 1 }),
      ),
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(bodies, bodies, (base, other) => {
        assert.deepEqual(rebaseConfig(base, structuredClone(base), other), { config: other, conflicts: [] });
        assert.deepEqual(rebaseConfig(base, other, structuredClone(base)), { config: other, conflicts: [] });
      }),
      { seed: 71 },
    );
  });
});
