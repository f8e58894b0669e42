import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { merge, refused } from '../../testing/payloads.js';
import { operationOf } from '../index.js';

describe('maps', () => {
  it('geocodes of any options merge, but not those to be stored with those that are not', () => {
    assert.ok(merge('maps', 'geocode', { query: 'a' }, { query: 'b', limit: 2, language: 'de' }));
    assert.ok(!merge('maps', 'geocode', { query: 'a' }, { query: 'b', permanent: true }));
  });

  it('an answer of Google’s with 200 may still be a refusal', () => {
    const operation = operationOf('maps', 'geocode');
    const [call] = operation.encode([{ id: 'a', payload: { query: 'x' } }], 'maps_google');
    assert.ok(call !== undefined);
    const outcome = (status: string) => {
      const body = JSON.stringify({ status, results: [] });
      return operation.judge?.(call, { status: 200, headers: {}, body }, 0).outcome;
    };
    assert.equal(outcome('OK'), 'success');
    assert.equal(outcome('ZERO_RESULTS'), 'success');
    assert.equal(outcome('OVER_QUERY_LIMIT'), 'rate_limited');
    assert.equal(outcome('REQUEST_DENIED'), 'client_error');
    assert.equal(outcome('UNKNOWN_ERROR'), 'server_error');
  });

  it('only Mapbox takes several queries in one request', () => {
    const operation = operationOf('maps', 'geocode');
    const items = ['a', 'b', 'c'].map((query) => ({ id: query, payload: { query } }));
    const calls = (nodeId: string) =>
      operation.encode(items, nodeId).map(({ billableUnits }) => billableUnits);
    assert.deepEqual(calls('maps_mapbox'), [3]);
    assert.deepEqual(calls('maps_google'), [1, 1, 1]);
    assert.deepEqual(calls('maps_here'), [1, 1, 1]);
    assert.throws(() => operation.encode(items, 'maps_other'), /names no provider/);
  });

  const [depot, home, a, b, c] = [
    [13.4, 52.5],
    [13.5, 52.6],
    [1, 1],
    [2, 2],
    [3, 3],
  ];

  it('matrices merge on equal origins or equal destinations of a profile, and on nothing less', () => {
    const of = (origins: unknown[], destinations: unknown[], profile = 'driving') => ({
      origins,
      destinations,
      profile,
    });
    const together = (one: object, other: object) => merge('maps', 'matrix', one, other);
    assert.ok(together(of([depot], [a, b]), of([depot], [c])));
    assert.ok(together(of([a, b], [depot]), of([c], [depot])));
    assert.ok(together(of([depot, home], [a]), of([home, depot], [b])));
    assert.ok(!together(of([depot], [a]), of([depot], [b], 'walking')));
    assert.ok(!together(of([depot], [a]), of([home], [b])));
    // They share an origin, but the merged matrix would be billed for home–a, which nobody asked for.
    assert.ok(!together(of([depot], [a]), of([depot, home], [b])));
  });

  it('a merged matrix is billed for exactly the cells that were asked for', () => {
    const operation = operationOf('maps', 'matrix');
    const items = [[a, b], [b, c], [c]].map((destinations, index) => ({
      id: String(index),
      payload: { origins: [depot], destinations },
    }));
    const calls = operation.encode(items, 'maps_mapbox');
    // a, b and c once each.
    assert.deepEqual(
      calls.map(({ billableUnits, itemIds }) => [billableUnits, itemIds]),
      [[3, ['0', '1', '2']]],
    );
  });

  it('matrices of more points than a request takes are parted into several', () => {
    const operation = operationOf('maps', 'matrix');
    const items = Array.from({ length: 6 }, (_, item) => ({
      id: String(item),
      payload: { origins: [depot], destinations: Array.from({ length: 8 }, (_, n) => [item, n]) },
    }));
    // 1 + 3 · 8 = 25 points, twice.
    assert.deepEqual(
      operation.encode(items, 'maps_here').map(({ itemIds }) => itemIds.length),
      [3, 3],
    );
    const points = Array.from({ length: 13 }, (_, n) => [n, n]);
    const tooMany = { origins: points, destinations: points.map(([x]) => [x, 80]) };
    assert.deepEqual(refused('maps', 'matrix', tooMany), ['payload.destinations']);
  });
});
