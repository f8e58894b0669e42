import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { diffConfig } from './diff-config.js';

describe('diffConfig', () => {
  it('names the deepest place that differs, with both values', () => {
    assert.deepEqual(diffConfig({ a: { b: 1, c: [1, 2] }, d: null }, { a: { b: 2, c: [1] }, d: 0 }), [
      { path: 'a.b', before: 1, after: 2 },
      { path: 'a.c.1', before: 2 },
      { path: 'd', before: null, after: 0 },
    ]);
  });

  it('follows nodes by their name, wherever they stand in the list', () => {
    const [a, b] = [
      { nodeId: 'a', weight: 70 },
      { nodeId: 'b', weight: 30 },
    ];
    const c = { nodeId: 'c', weight: 30 };
    assert.deepEqual(diffConfig({ nodes: [a, b] }, { nodes: [c, { ...a, weight: 60 }] }), [
      { path: 'nodes.a.weight', before: 70, after: 60 },
      { path: 'nodes.b', before: b },
      { path: 'nodes.c', after: c },
    ]);
  });

  it('finds nothing exactly when two objects are equal', () => {
    const bodies = fc.dictionary(fc.stringMatching(/^[a-c]$/), fc.jsonValue({ maxDepth: 2 }));
    fc.assert(
      fc.property(bodies, (body) => assert.deepEqual(diffConfig(body, structuredClone(body)), [])),
      { seed: 72 },
    );
  });

  it('says the same backwards with before and after exchanged', () => {
    const bodies = fc.dictionary(fc.stringMatching(/^[a-c]$/), fc.integer());
    fc.assert(
      fc.property(bodies, bodies, (a, b) => {
        const there = diffConfig(a, b).map(({ path, before, after }) => [path, before, after]);
        const back = diffConfig(b, a).map(({ path, before, after }) => [path, after, before]);
        assert.deepEqual(there.sort(), back.sort());
      }),
      { seed: 73 },
    );
  });
});
