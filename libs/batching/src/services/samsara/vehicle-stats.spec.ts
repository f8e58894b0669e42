import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { merge, refused } from '../../testing/payloads.js';
import { operationOf } from '../index.js';

describe('samsara vehicle_stats', () => {
  it('merge on the same types in any order, and count distinct vehicles', () => {
    const of = (types: string[]) => ({ vehicleIds: ['1', '2', '1'], types });
    assert.ok(merge('samsara', 'vehicle_stats', of(['gps', 'fuelPercents']), of(['fuelPercents', 'gps'])));
    assert.ok(!merge('samsara', 'vehicle_stats', of(['gps']), of(['gps', 'fuelPercents'])));
    assert.equal(operationOf('samsara', 'vehicle_stats').measure(of(['gps'])).units, 2);
  });

  it('may name three types, where auxiliary inputs 3 to 10 are one', () => {
    const of = (...types: string[]) => refused('samsara', 'vehicle_stats', { vehicleIds: ['1'], types });
    assert.deepEqual(of('a', 'b', 'auxInput3', 'auxInput10'), []);
    assert.deepEqual(of('a', 'b', 'c', 'd'), ['payload.types']);
  });
});
