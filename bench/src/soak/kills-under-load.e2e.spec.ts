import assert from 'node:assert/strict';
import { it } from 'node:test';
import { killsUnderLoad } from './kills-under-load.js';

it('stores each acknowledged outcome once while a replica, PostgreSQL, Redis and NATS are killed', async () => {
  const events = 4_000;
  const { acknowledged, recorded, distinct } = await killsUnderLoad({
    events,
    kills: 4,
    log: () => undefined,
  });
  assert.deepEqual(
    { acknowledged, recorded, distinct },
    { acknowledged: events, recorded: events, distinct: events },
  );
});
