import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withDatabase } from '../testing/with-database.js';
import { ModelStore } from './model-store.js';

describe('ModelStore', () => {
  const test = withDatabase();

  it('gives back the last state saved, with a version that rises', async () => {
    const models = new ModelStore(test.database);
    assert.equal(await models.load('failure-predictor'), null);
    assert.equal(await models.save('failure-predictor', { weights: [0.1, -1e-300] }), 1);
    assert.equal(await models.save('failure-predictor', { weights: [0.30000000000000004] }), 2);
    const { savedAt, ...saved } = (await models.load('failure-predictor'))!;
    assert.deepEqual(saved, {
      name: 'failure-predictor',
      version: 2,
      state: { weights: [0.30000000000000004] },
    });
    assert.match(savedAt, /^\d{4}-.*Z$/);
  });
});
