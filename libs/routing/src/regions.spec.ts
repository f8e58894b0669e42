import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FARTHEST_KM, distanceKm } from './regions.js';

describe('distance between regions', () => {
  it('is the great circle: Virginia to Ireland about 5,450 km, to Oregon about 3,500 km', () => {
    assert.ok(Math.abs(distanceKm('us-east-1', 'eu-west-1') - 5_450) < 50);
    assert.ok(Math.abs(distanceKm('us-east-1', 'us-west-2') - 3_500) < 50);
  });

  it('is the same both ways, also over the date line', () => {
    assert.equal(distanceKm('us-west-1', 'ap-northeast-1'), distanceKm('ap-northeast-1', 'us-west-1'));
    assert.ok(distanceKm('us-west-1', 'ap-northeast-1') < 8_500);
  });

  it('is 0 at home, for a global node, and for a caller that nobody can place', () => {
    assert.equal(distanceKm('us-east-1', 'us-east-1'), 0);
    assert.equal(distanceKm('us-east-1', 'global'), 0);
    assert.equal(distanceKm(null, 'eu-west-1'), 0);
    assert.equal(distanceKm('basement', 'eu-west-1'), 0);
    assert.equal(distanceKm('basement', 'basement'), 0);
  });

  it('puts a node that nobody can place behind all others', () => {
    assert.equal(distanceKm('us-east-1', 'basement'), FARTHEST_KM);
    assert.ok(FARTHEST_KM > distanceKm('us-east-1', 'ap-southeast-2'));
  });
});
