import assert from 'node:assert/strict';
import { it } from 'node:test';
import { batchKills } from './batch-kills.js';

it('ends each accepted request once while a worker is killed and Redis wiped under load', async () => {
  const requests = 300;
  const survived = await batchKills({ requests, kills: 2, log: () => undefined });
  const { accepted, succeeded, dead, notEnded, doubled, imagined } = survived;
  assert.deepEqual(
    { accepted, notEnded, doubled, imagined },
    { accepted: requests, notEnded: 0, doubled: 0, imagined: 0 },
  );
  assert.equal(succeeded + dead, requests);
  assert.ok(succeeded > requests / 2, `only ${succeeded} succeeded`);
});
