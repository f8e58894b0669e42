import assert from 'node:assert/strict';
import { it } from 'node:test';
import { webhookKills } from './webhook-kills.js';

it('loses no acknowledged webhook and processes none twice while its process is killed three times', async () => {
  const events = 1_000;
  const survived = await webhookKills({ events, duplicateRatio: 0.2, kills: 3, log: () => undefined });
  const { seconds: _seconds, ...counts } = survived;
  assert.deepEqual(counts, {
    acknowledged: 1_250,
    stored: events + 1,
    distinct: events + 1,
    processedOnce: events + 1,
    toldOnce: events + 1,
  });
});
